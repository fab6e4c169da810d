// JSON from an API server or a manifest: what is read is written and read again to the same value.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "lang/json/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Budget strict_budget;
  const auto strict =
      json::parse(text, strict_budget, {.refuse_duplicates = true, .refuse_bad_utf8 = true});
  const auto value = json::parse(text);
  if (!value.has_value()) {
    CHECK(!strict.has_value());
    (void)value.error().render();
    return 0;
  }
  CHECK(!strict.has_value() || *strict == *value);
  for (const std::string& again : {json::write(*value), json::write_pretty(*value)}) {
    const auto back = json::parse(again);
    CHECK(back.has_value() && *back == *value);
  }
  return 0;
}
