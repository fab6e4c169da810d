// A JSON patch and an object: the patch applies or does not; a patch that applies gives an object
// that JSON can hold.
#include "base/check.h"
#include "core/render/kustomize/json_patch.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"
#include "two_texts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const auto texts = two_texts(data, size);
  if (!texts) return 0;
  Budget budget(small_limits());
  const auto object = yaml::parse(texts->first, "object", budget);
  const auto patch = rendering::kustomize::JsonPatch::parse(texts->second, "patch", budget);
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
