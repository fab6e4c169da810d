#include "core/plan/prune.h"

#include <array>
#include <set>

#include "base/text.h"
#include "core/plan/decide.h"
#include "core/plan/order.h"

namespace plumb {
namespace {

// A prune of more than this many objects and of more than half of the app waits for a person.
constexpr size_t kDeletionBudget = 10;

bool is_protected(const GroupKind& kind) {
  return kind.kind == "CustomResourceDefinition" ||
         (kind.group.empty() && (kind.kind == "Namespace" || kind.kind == "PersistentVolumeClaim"));
}

Step step_of(const InventoryEntry& entry, Action action, StepReason reason,
             std::string detail = {}) {
  Step step;
  step.key = entry.key;
  step.action = std::move(action);
  step.reason = reason;
  step.detail = std::move(detail);
  return step;
}

// What is known of an inventory entry that is to go away.
Step decide_removal(const InventoryEntry& entry, const Observed& observed, const AppKey& app,
                    StepReason reason) {
  const GroupKind kind = entry.key.group_kind();
  const bool partial = observed.catalog->partial.contains(kind.group);
  const ApiResource* resource = observed.catalog->find_any(kind);
  if (partial || observed.catalog->resources.empty() ||
      (resource != nullptr && !observed.synced.contains(kind))) {
    return step_of(entry, KeepAction{}, StepReason::not_observed,
                   "the live state of its kind is not known");
  }
  // The kind is gone, and its objects with it.
  if (resource == nullptr) return step_of(entry, ReleaseAction{}, reason, "its kind is gone");
  const LiveObject* live = observed.find(entry.key);
  if (live == nullptr) return step_of(entry, ReleaseAction{}, reason, "is gone already");
  if (!live->owner.name.empty() && live->owner != app) {
    return step_of(entry, ReleaseAction{}, StepReason::foreign_owner,
                   "belongs to App " + live->owner.display());
  }
  // Somebody else's object of the same name: it never was ours.
  const bool same_object = entry.applied && entry.applied->uid == live->uid;
  if (!same_object && live->managed.is_zero()) {
    return step_of(entry, ReleaseAction{}, StepReason::foreign_owner, "was made by somebody else");
  }
  if (live->prune_disabled) {
    return step_of(entry, ReleaseAction{}, StepReason::protected_, "an annotation forbids it");
  }
  if (live->deleting) {
    return step_of(entry, KeepAction{}, reason,
                   "is being deleted; waits for " + join(live->finalizers, ", "));
  }
  return step_of(entry, DeleteAction{live->uid, entry.version}, reason);
}

// Reverse of the order of application: custom resources before their definitions, namespaces last.
size_t removal_stage(const GroupKind& kind) {
  if (kind.group.empty() && kind.kind == "Namespace") return 3;
  if (kind.kind == "CustomResourceDefinition") return 2;
  return stage_of(kind) == ApplyStage::classes ? 1 : 0;
}

std::vector<Wave> waves_of(std::vector<Step> steps) {
  static constexpr std::array<const char*, 4> kNames{"prune", "prune: classes",
                                                     "prune: definitions", "prune: namespaces"};
  std::array<Wave, 4> staged;
  for (Step& step : steps) {
    staged[removal_stage(step.key.group_kind())].steps.push_back(std::move(step));
  }
  std::vector<Wave> out;
  for (size_t i = 0; i < staged.size(); ++i) {
    if (staged[i].steps.empty()) continue;
    staged[i].name = kNames[i];
    out.push_back(std::move(staged[i]));
  }
  return out;
}

std::string commit_of(const PlanInput& input) {
  const auto* verified = std::get_if<VerifiedRevision>(&input.provenance);
  return verified == nullptr ? std::string() : verified->revision().commit.str();
}

void hold_what_needs_a_person(const PlanInput& input, std::vector<Step>& steps) {
  const std::string commit = commit_of(input);
  if (!commit.empty() && input.policy.confirmed_prune == commit) return;
  size_t deletions = 0;
  for (const Step& step : steps) {
    deletions += std::holds_alternative<DeleteAction>(step.action) ? 1 : 0;
  }
  const bool over_budget =
      deletions > kDeletionBudget && deletions * 2 > input.inventory.size();
  for (Step& step : steps) {
    if (!std::holds_alternative<DeleteAction>(step.action)) continue;
    const bool guarded = is_protected(step.key.group_kind());
    if (!over_budget && !guarded) continue;
    step.detail = guarded ? "a " + step.key.kind + " is deleted only when a person confirms it"
                          : "this commit would delete " + std::to_string(deletions) + " of " +
                                std::to_string(input.inventory.size()) + " objects";
    step.reason = StepReason::protected_;
    step.action = RefuseAction{
        Error(kPruneNeedsConfirmation, step.key.display() + " is held: " + step.detail,
              Retry::denied)
            .with_help(std::string("annotate the App with ") + kConfirmPruneAnnotation + "=" +
                       (commit.empty() ? "COMMIT" : commit))};
  }
}

}  // namespace

std::vector<Wave> prune_waves(const PlanInput& input) {
  if (input.inventory.empty()) return {};
  if (input.manifests.objects.empty()) {
    // Nothing at all in the source is far more often a mistake than a wish.
    Step step = step_of(
        input.inventory.entries().front(),
        RefuseAction{Error(kEmptyRender, "the source has no objects any more; " +
                                             std::to_string(input.inventory.size()) +
                                             " in the cluster are kept",
                           Retry::denied)
                         .with_help("to remove everything, delete the App")},
        StepReason::protected_);
    return {Wave{"prune", {std::move(step)}, {}}};
  }
  if (!input.policy.prune) return {};
  std::set<ObjectKey> desired;
  for (const Manifest& manifest : input.manifests.objects) desired.insert(manifest.key);
  std::vector<Step> steps;
  for (const InventoryEntry& entry : input.inventory.entries()) {
    if (desired.contains(entry.key)) continue;
    if (const std::optional<AppKey> owner = other_owner(input, entry.key)) {
      steps.push_back(step_of(entry, ReleaseAction{}, StepReason::foreign_owner,
                              "belongs to App " + owner->display()));
      continue;
    }
    steps.push_back(decide_removal(entry, input.observed, input.policy.app,
                                   StepReason::left_source));
  }
  hold_what_needs_a_person(input, steps);
  return waves_of(std::move(steps));
}

Plan make_deletion_plan(const AppKey& app, const Inventory& inventory, const Observed& observed,
                        DeletionPolicy policy) {
  Plan plan;
  plan.app = app;
  std::vector<Step> steps;
  for (const InventoryEntry& entry : inventory.entries()) {
    switch (policy) {
      case DeletionPolicy::orphan:
        steps.push_back(step_of(entry, ReleaseAction{}, StepReason::app_deleted));
        break;
      case DeletionPolicy::prune:
        steps.push_back(decide_removal(entry, observed, app, StepReason::app_deleted));
        break;
    }
  }
  plan.waves = waves_of(std::move(steps));
  return plan;
}

}  // namespace plumb
