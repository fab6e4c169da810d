#include "core/plan/inventory_algebra.h"

#include <map>
#include <variant>

#include "base/overloaded.h"

namespace plumb {
namespace {

std::map<ObjectKey, InventoryEntry> by_key(const Inventory& inventory) {
  std::map<ObjectKey, InventoryEntry> out;
  for (const InventoryEntry& entry : inventory.entries()) out.emplace(entry.key, entry);
  return out;
}

Inventory inventory_of(std::map<ObjectKey, InventoryEntry> entries, const ClusterId& cluster) {
  std::vector<InventoryEntry> out;
  out.reserve(entries.size());
  for (auto& [key, entry] : entries) out.push_back(std::move(entry));
  return Inventory(std::move(out), cluster);
}

}  // namespace

std::string confirmation_of(const ClusterId& cluster) {
  return cluster.is_own() ? "own" : cluster.uid;
}

Result<Inventory> inventory_in(const ClusterId& here, Inventory before,
                               const std::string& confirmed) {
  if (before.cluster() == here) return before;
  if (before.empty()) return Inventory({}, here);
  if (before.cluster().is_same(here)) return Inventory(before.entries(), here);
  if (confirmed == confirmation_of(here)) return Inventory({}, here);
  return Error(kTargetChanged,
               "its objects (" + std::to_string(before.size()) + ") are in " +
                   before.cluster().display() + ", and spec.kubeConfig leads to " + here.display() +
                   " now; nothing is changed in either",
               Retry::denied)
      .with_help(
          "to go on there, put the kubeconfig back; to leave them there and begin here, "
          "annotate the App with " +
          std::string(kConfirmTargetAnnotation) + "=" + confirmation_of(here));
}

Inventory write_ahead(const Inventory& before, const Plan& plan) {
  std::map<ObjectKey, InventoryEntry> entries = by_key(before);
  for (const Wave& wave : plan.waves) {
    for (const Step& step : wave.steps) {
      if (!std::holds_alternative<ApplyAction>(step.action)) continue;
      const GroupVersionKind gvk = make_gvk(step.manifest->api_version, step.key.kind);
      entries.try_emplace(step.key, InventoryEntry{step.key, gvk.version, std::nullopt});
    }
  }
  return inventory_of(std::move(entries), before.cluster());
}

Inventory advance(const Inventory& recorded, const Applied& applied) {
  std::map<ObjectKey, InventoryEntry> entries = by_key(recorded);
  for (const StepOutcome& step : applied.steps) {
    std::visit(overloaded{
                   [&](const AppliedOutcome& done) {
                     entries[step.key] = InventoryEntry{step.key, done.version, done.record};
                   },
                   [&](const DeletedOutcome&) { entries.erase(step.key); },
                   [&](const ReleasedOutcome&) { entries.erase(step.key); },
                   [](const DeletingOutcome&) {},
                   [](const FailedOutcome&) {},
                   [](const SkippedOutcome&) {},
               },
               step.outcome);
  }
  return inventory_of(std::move(entries), recorded.cluster());
}

}  // namespace plumb
