#include "core/plan/prune.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "core/plan/containers.h"
#include "core/plan/order.h"

namespace plumb {
namespace {

// A prune of more than this many objects and of more than half of the app waits for a person.
constexpr size_t kDeletionBudget = 10;

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
  // Somebody else's object of the same name: it is not the one we made, and it does not say that it
  // is ours.
  const bool same_object = entry.applied && entry.applied->uid == live->uid;
  if (!same_object && (live->managed.is_zero() || live->owner.name.empty())) {
    return step_of(entry, ReleaseAction{}, StepReason::foreign_owner, "was made by somebody else");
  }
  const DeletionRule rule =
      reason == StepReason::app_deleted ? live->deletion.with_app : live->deletion.prune;
  if (rule == DeletionRule::disabled) {
    return step_of(entry, ReleaseAction{}, StepReason::protected_, "an annotation forbids it");
  }
  // Asked for again while it is going away, so that what holds it is told, and what comes after it
  // waits.
  std::string detail;
  if (live->deleting) detail = "is being deleted; waits for " + join(live->finalizers, ", ");
  // The version it was applied with may be gone; the object is the same at every version.
  const bool served = observed.catalog->find({kind.group, entry.version, kind.kind}) != nullptr;
  return step_of(entry, DeleteAction{live->uid, served ? entry.version : resource->gvk.version},
                 reason, std::move(detail));
}

// Reverse of the order of application. Custom resources go before everything else of their app: the
// controller that has to do their finalizers may be a Deployment of the same app. Their definitions
// and namespaces go last. What is released comes first and all at once: it needs no request, and a
// container must not be looked at again without what was released from it.
enum class RemovalStage { released, custom, rest, classes, definitions, namespaces };
constexpr std::array<const char*, 6> kWaveNames{
    "release",        "prune: custom resources", "prune",
    "prune: classes", "prune: definitions",      "prune: namespaces"};

// Groups that definitions among the steps bring: a CustomResourceDefinition is named
// "widgets.example.com".
std::set<std::string> groups_defined_by(const std::vector<Step>& steps) {
  std::set<std::string> out;
  for (const Step& step : steps) {
    const size_t dot = step.key.name.find('.');
    if (step.key.kind != "CustomResourceDefinition" || dot == std::string::npos) continue;
    out.insert(step.key.name.substr(dot + 1));
  }
  return out;
}

RemovalStage removal_stage(const Step& step, const std::set<std::string>& defined_groups) {
  if (std::holds_alternative<ReleaseAction>(step.action)) return RemovalStage::released;
  const GroupKind kind = step.key.group_kind();
  if (kind.group.empty() && kind.kind == "Namespace") return RemovalStage::namespaces;
  if (kind.kind == "CustomResourceDefinition") return RemovalStage::definitions;
  if (defined_groups.contains(kind.group)) return RemovalStage::custom;
  return stage_of(kind) == ApplyStage::classes ? RemovalStage::classes : RemovalStage::rest;
}

std::vector<Wave> waves_of(std::vector<Step> steps) {
  const std::set<std::string> defined_groups = groups_defined_by(steps);
  std::array<Wave, kWaveNames.size()> staged;
  for (Step& step : steps) {
    const auto stage = static_cast<size_t>(removal_stage(step, defined_groups));
    staged[stage].steps.push_back(std::move(step));
  }
  std::vector<Wave> out;
  for (size_t i = 0; i < staged.size(); ++i) {
    if (staged[i].steps.empty()) continue;
    std::stable_sort(staged[i].steps.begin(), staged[i].steps.end(),
                     [](const Step& a, const Step& b) {
                       return kind_order(a.key.group_kind()) > kind_order(b.key.group_kind());
                     });
    staged[i].name = kWaveNames[i];
    out.push_back(std::move(staged[i]));
  }
  return out;
}

std::string commit_of(const PlanInput& input) {
  const auto* verified = std::get_if<VerifiedRevision>(&input.provenance);
  return verified == nullptr ? std::string() : verified->revision().commit.str();
}

const AppKey* find_app(const std::map<ObjectKey, AppKey>* apps, const ObjectKey& key) {
  if (apps == nullptr) return nullptr;
  const auto at = apps->find(key);
  return at == apps->end() ? nullptr : &at->second;
}

// An object that another app wants is not deleted and made again: that would be an outage. The
// other app finds it in the cluster and adopts it.
Step hand_over(const InventoryEntry& entry, const AppKey& app, StepReason reason) {
  return step_of(entry, ReleaseAction{}, reason, "is handed over to App " + app.display());
}

// A deletion that this plan would begin: it can still be held.
bool begins_deletion(const Step& step, const Observed& observed) {
  const LiveObject* live = observed.find(step.key);
  return std::holds_alternative<DeleteAction>(step.action) && live != nullptr && !live->deleting;
}

bool is_confirmed(const PlanInput& input) {
  const std::string commit = commit_of(input);
  return !commit.empty() && input.policy.confirmed_prune == commit;
}

std::string confirmation_help(const std::string& word) {
  return std::string("annotate the App with ") + kConfirmPruneAnnotation + "=" + word;
}

std::string confirmation_help(const PlanInput& input) {
  const std::string commit = commit_of(input);
  return confirmation_help(commit.empty() ? "COMMIT" : commit);
}

Step held(Step step, std::string why, const std::string& help) {
  step.detail = std::move(why);
  step.reason = StepReason::protected_;
  step.action = RefuseAction{
      Error(kPruneNeedsConfirmation, step.key.display() + " is held: " + step.detail, Retry::denied)
          .with_help(help)};
  return step;
}

constexpr const char* kGuarded = "it is deleted only when a person confirms it";

void hold_what_needs_a_person(const PlanInput& input, std::vector<Step>& steps) {
  const auto deletions =
      static_cast<size_t>(std::count_if(steps.begin(), steps.end(), [&](const Step& step) {
        return begins_deletion(step, input.observed);
      }));
  const bool over_budget = exceeds_prune_budget(deletions, input.inventory.size());
  for (Step& step : steps) {
    if (!begins_deletion(step, input.observed)) continue;
    const bool guarded = is_prune_protected(step.key.group_kind()) ||
                         input.observed.find(step.key)->deletion.prune == DeletionRule::confirm;
    if (!over_budget && !guarded) continue;
    step = held(std::move(step),
                guarded ? kGuarded
                        : "this commit would delete " + std::to_string(deletions) + " of " +
                              std::to_string(input.inventory.size()) + " objects",
                confirmation_help(input));
  }
}

// Nothing at all in the source is far more often a mistake than a wish: one refusal stands for all
// deletions.
void hold_everything(const PlanInput& input, std::vector<Step>& steps) {
  const size_t held =
      std::erase_if(steps, [&](const Step& step) { return begins_deletion(step, input.observed); });
  if (held == 0) return;
  Step step;
  step.key = {kApiGroup, "App", input.policy.app.namespace_, input.policy.app.name};
  step.reason = StepReason::protected_;
  step.detail =
      "the source has no objects any more; " + std::to_string(held) + " in the cluster are kept";
  step.action =
      RefuseAction{Error(kEmptyRender, step.detail, Retry::denied)
                       .with_help("correct spec.path; to remove everything, delete the App or " +
                                  confirmation_help(input))};
  steps.push_back(std::move(step));
}

// The app does not prune: what left the source stays, in the cluster and in the inventory.
void keep_deletions(std::vector<Step>& steps) {
  for (Step& step : steps) {
    if (!std::holds_alternative<DeleteAction>(step.action)) continue;
    step.action = KeepAction{};
    step.reason = StepReason::protected_;
    step.detail = "the app does not prune";
  }
}

}  // namespace

bool is_prune_protected(const GroupKind& kind) {
  return kind.kind == "CustomResourceDefinition" ||
         (kind.group.empty() && (kind.kind == "Namespace" || kind.kind == "PersistentVolumeClaim"));
}

bool exceeds_prune_budget(size_t deletions, size_t objects_of_the_app) {
  return deletions > kDeletionBudget && deletions * 2 > objects_of_the_app;
}

std::vector<Wave> prune_waves(const PlanInput& input) {
  std::set<ObjectKey> desired;
  for (const Manifest& manifest : input.manifests.objects) desired.insert(manifest.key);
  std::vector<Step> steps;
  for (const InventoryEntry& entry : input.inventory.entries()) {
    if (desired.contains(entry.key)) continue;
    if (const AppKey* next = find_app(input.policy.wanted, entry.key)) {
      steps.push_back(hand_over(entry, *next, StepReason::left_source));
      continue;
    }
    if (const AppKey* owner = find_app(input.policy.claims, entry.key)) {
      steps.push_back(step_of(entry, ReleaseAction{}, StepReason::foreign_owner,
                              "belongs to App " + owner->display()));
      continue;
    }
    steps.push_back(
        decide_removal(entry, input.observed, input.policy.app, StepReason::left_source));
  }
  keep_containers(steps, desired, input.observed);
  if (!input.policy.prune) {
    keep_deletions(steps);
  } else if (!is_confirmed(input)) {
    if (input.manifests.objects.empty()) {
      hold_everything(input, steps);
    } else {
      hold_what_needs_a_person(input, steps);
    }
  }
  return waves_of(std::move(steps));
}

Plan make_deletion_plan(const DeletionInput& input) {
  Plan plan;
  plan.app = input.app;
  std::vector<Step> steps;
  const bool confirmed = !input.confirm_with.empty() && input.confirmed == input.confirm_with;
  for (const InventoryEntry& entry : input.inventory.entries()) {
    if (const AppKey* next = find_app(input.wanted, entry.key)) {
      steps.push_back(hand_over(entry, *next, StepReason::app_deleted));
      continue;
    }
    if (input.policy == DeletionPolicy::orphan) {
      steps.push_back(step_of(entry, ReleaseAction{}, StepReason::app_deleted));
      continue;
    }
    Step step = decide_removal(entry, input.observed, input.app, StepReason::app_deleted);
    const bool guarded = begins_deletion(step, input.observed) &&
                         input.observed.find(step.key)->deletion.with_app == DeletionRule::confirm;
    if (guarded && !confirmed) {
      step = held(std::move(step), kGuarded, confirmation_help(input.confirm_with));
    }
    steps.push_back(std::move(step));
  }
  keep_containers(steps, {}, input.observed);
  plan.waves = waves_of(std::move(steps));
  return plan;
}

}  // namespace plumb
