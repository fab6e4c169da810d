// Objects and a replacement: it is done or refused, and paths lead nowhere they should not.
#include "base/check.h"
#include "core/render/kustomize/field_path.h"
#include "core/render/kustomize/replacements.h"
#include "core/render/kustomize/resource_text.h"
#include "lang/yaml/yaml.h"
#include "two_texts.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  using namespace plumb::rendering::kustomize;
  const auto texts = two_texts(data, size);
  if (!texts) return 0;
  Budget budget(small_limits());
  const Schemas schemas;
  auto resources = read_resources(texts->first, "objects", schemas, budget);
  const auto replacement = yaml::parse(texts->second, "replacement", budget);
  if (!resources || !replacement || !replacement->is_map()) return 0;
  const size_t before = resources->size();
  const auto done = replace_fields(*resources, *replacement, {"replacement", 1, 0}, budget);
  CHECK(resources->size() <= before);
  for (const Resource& resource : *resources) CHECK(done.has_value() || resource.value.is_map());
  return 0;
}
