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

Inventory inventory_of(std::map<ObjectKey, InventoryEntry> entries) {
  std::vector<InventoryEntry> out;
  out.reserve(entries.size());
  for (auto& [key, entry] : entries) out.push_back(std::move(entry));
  return Inventory(std::move(out));
}

}  // namespace

Inventory write_ahead(const Inventory& before, const Plan& plan) {
  std::map<ObjectKey, InventoryEntry> entries = by_key(before);
  for (const Wave& wave : plan.waves) {
    for (const Step& step : wave.steps) {
      if (!std::holds_alternative<ApplyAction>(step.action)) continue;
      const GroupVersionKind gvk = make_gvk(step.manifest->api_version, step.key.kind);
      entries.try_emplace(step.key, InventoryEntry{step.key, gvk.version, std::nullopt});
    }
  }
  return inventory_of(std::move(entries));
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
  return inventory_of(std::move(entries));
}

}  // namespace plumb
