// A JSON patch and an object: the patch applies or does not; a patch that applies gives an object
// that JSON can hold.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "core/render/kustomize/json_patch.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

// The two texts are parted by a zero byte.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t middle = text.find('\0');
  if (middle == std::string_view::npos) return 0;
  Limits limits;
  limits.steps = 200'000;
  limits.alias_nodes = 10'000;
  Budget budget(limits);
  const auto object = yaml::parse(text.substr(0, middle), "object", budget);
  const auto patch =
      rendering::kustomize::JsonPatch::parse(text.substr(middle + 1), "patch", budget);
  if (!object || !object->is_map() || !patch) return 0;
  const std::string before = json::write(*object);
  const auto patched = patch->apply(*object, budget);
  CHECK(json::write(*object) == before);
  if (!patched) return 0;
  const auto again = json::parse(json::write(*patched));
  // Values copied into themselves grow deeper than a parser reads.
  CHECK(!again || *again == *patched);
  return 0;
}
