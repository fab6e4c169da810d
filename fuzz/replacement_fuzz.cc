// Objects and a replacement: it is done or refused, and paths lead nowhere they should not.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "core/render/kustomize/field_path.h"
#include "core/render/kustomize/replacements.h"
#include "core/render/kustomize/resource_text.h"
#include "lang/yaml/yaml.h"

// The two texts are parted by a zero byte.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  using namespace plumb::rendering::kustomize;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t middle = text.find('\0');
  if (middle == std::string_view::npos) return 0;
  Limits limits;
  limits.steps = 200'000;
  limits.alias_nodes = 10'000;
  Budget budget(limits);
  const Schemas schemas;
  auto resources = read_resources(text.substr(0, middle), "objects", schemas, budget);
  const auto replacement = yaml::parse(text.substr(middle + 1), "replacement", budget);
  if (!resources || !replacement || !replacement->is_map()) return 0;
  const size_t before = resources->size();
  const auto done = replace_fields(*resources, *replacement, budget);
  CHECK(resources->size() <= before);
  for (const Resource& resource : *resources) CHECK(done.has_value() || resource.value.is_map());
  return 0;
}
