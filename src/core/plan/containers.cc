#include "core/plan/containers.h"

#include <map>
#include <string>

namespace plumb {
namespace {

using Containers = std::map<ObjectKey, ObjectKey>;  // container -> something that stays in it

const GroupKind kNamespaces{"", "Namespace"};
const GroupKind kDefinitions{"apiextensions.k8s.io", "CustomResourceDefinition"};

void note(Containers& out, const ObjectKey& key, const ApiCatalog& catalog) {
  if (!key.namespace_.empty()) {
    out.try_emplace({kNamespaces.group, kNamespaces.kind, "", key.namespace_}, key);
  }
  if (const ApiResource* resource = catalog.find_any(key.group_kind())) {
    out.try_emplace({kDefinitions.group, kDefinitions.kind, "", resource->plural + "." + key.group},
                    key);
  }
}

const ObjectKey* find(const Containers& containers, const ObjectKey& key) {
  const auto at = containers.find(key);
  return at == containers.end() ? nullptr : &at->second;
}

}  // namespace

void keep_containers(std::vector<Step>& steps, const std::set<ObjectKey>& wanted,
                     const Observed& observed) {
  Containers kept;
  Containers released;
  for (const ObjectKey& key : wanted) note(kept, key, *observed.catalog);
  for (const Step& step : steps) {
    const bool stays = std::holds_alternative<KeepAction>(step.action) ||
                       std::holds_alternative<RefuseAction>(step.action);
    if (stays) note(kept, step.key, *observed.catalog);
    if (std::holds_alternative<ReleaseAction>(step.action) && observed.find(step.key) != nullptr) {
      note(released, step.key, *observed.catalog);
    }
  }
  for (Step& step : steps) {
    if (!std::holds_alternative<DeleteAction>(step.action)) continue;
    const LiveObject* live = observed.find(step.key);
    if (live != nullptr && live->deleting) continue;  // too late
    const ObjectKey* inside = find(kept, step.key);
    const ObjectKey* let_go = inside == nullptr ? find(released, step.key) : nullptr;
    if (inside == nullptr && let_go == nullptr) continue;
    if (inside != nullptr) {
      step.action = KeepAction{};
    } else {
      step.action = ReleaseAction{};
    }
    step.reason = StepReason::protected_;
    step.detail = (inside != nullptr ? inside : let_go)->display() + " stays in it";
  }
}

}  // namespace plumb
