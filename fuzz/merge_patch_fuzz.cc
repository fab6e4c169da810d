// An object and a patch: the strategic merge gives an object, none, or an error; without "$patch"
// what the patch names as a scalar is there afterwards.
#include "base/check.h"
#include "core/render/kustomize/strategic_merge.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"
#include "two_texts.h"

namespace plumb {
namespace {

Value pod_like(Value value) {
  if (!value.is_map()) value = Value::map({{"spec", value}});
  if (value.find("kind") == nullptr) {
    value.set("apiVersion", "v1");
    value.set("kind", "Pod");
  }
  return value;
}

void check(std::string_view object_text, std::string_view patch_text) {
  Budget budget(small_limits());
  constexpr auto kDialect = yaml::Dialect::kustomize;
  const auto object = yaml::parse(object_text, "object", budget, kDialect);
  const auto patch = yaml::parse(patch_text, "patch", budget, kDialect);
  if (!object || !patch) return;
  using namespace rendering::kustomize;
  const Value before = pod_like(*object);
  const std::string text_before = json::write(before);
  const auto merged = strategic_merge(before, pod_like(*patch), builtin_schema(), budget);
  CHECK(json::write(before) == text_before);  // values that are shared do not change
  if (!merged || !*merged) return;
  CHECK((*merged)->is_map());
  if (patch_text.find("$patch") != std::string_view::npos || !patch->is_map()) return;
  for (const Member& member : *patch->as_map()) {
    if (member.value.is_map() || member.value.is_list()) continue;
    const Value* const found = (*merged)->find(member.key);
    CHECK((found == nullptr) == member.value.is_null());
  }
}

}  // namespace
}  // namespace plumb

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (const auto texts = two_texts(data, size)) plumb::check(texts->first, texts->second);
  return 0;
}
