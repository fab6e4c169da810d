// Editing one scalar of a YAML file from a repository changes the value of that scalar and of no
// other.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "lang/yaml/scalars.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  constexpr std::string_view kValue = "reg.example/web:v2";
  const std::string text(reinterpret_cast<const char*>(data), size);
  const Limits limits{.file_bytes = 1 << 20, .depth = 64, .nodes = 100'000, .alias_nodes = 10'000};
  Budget budget(limits);
  // What kubectl would not read is not edited.
  if (!yaml::parse_all(text, "f.yaml", budget)) return 0;
  Budget second(limits);
  const auto places = yaml::find_scalars(text, "f.yaml", second);
  if (!places) return 0;
  size_t edits = 0;
  for (const yaml::ScalarPlace& place : *places) {
    CHECK(place.begin <= place.end && place.end <= text.size());
    if (!place.is_replaceable || ++edits > 4) continue;
    const std::string edited =
        text.substr(0, place.begin) + yaml::written_at(place, kValue) + text.substr(place.end);
    Budget third(limits);
    const auto after = yaml::find_scalars(edited, "f.yaml", third);
    CHECK(after.has_value());
    CHECK(after->size() == places->size());
    for (size_t i = 0; i < places->size(); ++i) {
      const bool here = &(*places)[i] == &place;
      CHECK((*after)[i].path == (*places)[i].path);
      CHECK((*after)[i].value == (here ? kValue : std::string_view((*places)[i].value)));
    }
  }
  return 0;
}
