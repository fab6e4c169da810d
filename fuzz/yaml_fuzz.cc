// A YAML file from a repository: it is refused with a place in it, or what is read can be written
// and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // Small limits, so that bombs stay cheap.
  Budget budget({.file_bytes = 1 << 20, .depth = 64, .nodes = 100'000, .alias_nodes = 10'000});
  const auto documents = yaml::parse_all(text, "f.yaml", budget);
  if (!documents.has_value()) {
    const auto& position = documents.error().position();
    CHECK(position.has_value() && position->file == "f.yaml");
    const auto breaks = std::count_if(text.begin(), text.end(), [](char c) {
      return c == '\n' || c == '\r' || c == '\x85' || c == '\xA8' || c == '\xA9';
    });
    CHECK(position->line <= breaks + 2);
    return 0;
  }
  for (const yaml::Document& document : *documents) {
    CHECK(document.line > 0);
    (void)document.line_of({"metadata", "name"});
    Budget again({.file_bytes = 1 << 26, .depth = 64});
    const auto back = yaml::parse(yaml::write(document.value), "w.yaml", again);
    CHECK(back.has_value());
    CHECK(json::write(*back) == json::write(document.value));
  }
  return 0;
}
