// Variables in texts: what is read as YAML again is an object, a text without "$" stays as it is,
// and no error tells a value.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "core/render/envsubst.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.find("sEcReT") != std::string_view::npos) return 0;
  const Substitution substitution{{{"a", "sEcReT: ["}, {"B_1", "/x/y.z"}, {"c", ""}},
                                  size % 2 == 1};
  Limits limits;
  limits.steps = 500'000;
  limits.output_bytes = 1 << 20;
  Budget budget(limits);
  const auto expanded = rendering::expand_variables(text, substitution, budget);
  if (!expanded) {
    CHECK(expanded.error().render().find("sEcReT") == std::string::npos);
  } else if (text.find_first_of(std::string_view("$\0", 2)) == std::string_view::npos) {
    CHECK(*expanded == text);
  }
  const Value object = Value::map({{"kind", "X"}, {"text", Value(text)}});
  const auto substituted = rendering::substitute(object, substitution, budget);
  CHECK(substituted || substituted.error().render().find("sEcReT") == std::string::npos);
  return 0;
}
