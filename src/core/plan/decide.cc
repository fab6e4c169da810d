#include "core/plan/decide.h"

#include "base/text.h"
#include "core/plan/ignore.h"

namespace plumb {
namespace {

Step step_of(const Manifest& manifest, Action action, StepReason reason, std::string detail = {}) {
  Step step;
  step.key = manifest.key;
  step.action = std::move(action);
  step.reason = reason;
  step.detail = std::move(detail);
  step.manifest = std::make_shared<const Manifest>(manifest);
  step.recreate_allowed =
      annotation_of(manifest.body, kReplaceAnnotation) == "on-immutable" ||
      annotation_of(manifest.body, "kustomize.toolkit.fluxcd.io/force") == "Enabled";
  return step;
}

// Most objects of most turns: no copy of the manifest is made.
Step unchanged(const Manifest& manifest) {
  Step step;
  step.key = manifest.key;
  step.action = KeepAction{};
  return step;
}

Step apply(const Manifest& manifest, StepReason reason, std::string detail = {}) {
  return step_of(manifest, ApplyAction{manifest.desired}, reason, std::move(detail));
}

Error unknown_kind(const Manifest& manifest, const ApiCatalog& catalog) {
  const GroupVersionKind gvk = make_gvk(manifest.api_version, manifest.key.kind);
  if (catalog.partial.contains(gvk.group)) {
    return Error(kNotDiscovered,
                 "the API group " + gvk.group + " does not answer, so " + manifest.key.display() +
                     " cannot be applied",
                 Retry::transient)
        .at(manifest.position_of({"apiVersion"}))
        .with_help("look at its APIService, or at the webhook or extension server behind it");
  }
  const auto served = catalog.preferred.find(gvk.group_kind());
  const Position position = manifest.position_of({"kind"});
  if (served != catalog.preferred.end()) {
    return Error(kUnknownKind, gvk.kind + " of " + gvk.api_version() +
                                   " is not served by this cluster (any longer)")
        .at(manifest.position_of({"apiVersion"}))
        .with_help("use apiVersion: " + served->second.api_version());
  }
  std::vector<std::string> kinds;
  for (const auto& [kind, preferred] : catalog.preferred) kinds.push_back(kind.kind);
  const std::string near = nearest(gvk.kind, kinds);
  Error error = Error(kUnknownKind, "kind " + gvk.kind + " of " + gvk.api_version() +
                                        " is unknown to the cluster, and no "
                                        "CustomResourceDefinition for it is in this app")
                    .at(position);
  return near.empty() ? error : error.with_help("did you mean " + near + "?");
}

std::string blame_text(const Observed& observed, const ObjectKey& key) {
  const auto at = observed.blame.find(key);
  if (at == observed.blame.end()) return {};
  std::string out = join(at->second.paths, ", ");
  if (!at->second.managers.empty()) {
    out += (out.empty() ? "by " : " by ") + join(at->second.managers, ", ");
  }
  return out;
}

// The manager that a heal is against: the first by name, so that it is the same each time.
std::string rival_of(const Observed& observed, const ObjectKey& key) {
  const auto at = observed.blame.find(key);
  return at == observed.blame.end() || at->second.managers.empty() ? std::string()
                                                                   : at->second.managers.front();
}

// All that others are known to have changed is left to them by an ignore rule.
bool is_yielded(const Observed& observed, const Manifest& manifest) {
  const auto at = observed.blame.find(manifest.key);
  return at != observed.blame.end() && are_ignored(at->second, manifest.ignored);
}

// A heal, or the note that it is held back because the same one was done too often.
Step heal(const PlanInput& input, const Manifest& manifest, StepReason reason, std::string rival,
          std::string detail) {
  Step step = apply(manifest, reason, std::move(detail));
  step.rival = std::move(rival);
  const HealHolds* holds = input.policy.holds;
  if (holds == nullptr || !holds->contains({manifest.key, step.rival})) return step;
  step.action = KeepAction{};
  step.reason = StepReason::fought;
  return step;
}

// The other app that has this object, if any.
std::optional<AppKey> other_owner(const PlanInput& input, const ObjectKey& key) {
  if (input.policy.claims != nullptr) {
    const auto at = input.policy.claims->find(key);
    return at == input.policy.claims->end() ? std::nullopt : std::optional(at->second);
  }
  // Without the operator's table of claims (plumb diff) the label is the best that is known.
  const LiveObject* live = input.observed.find(key);
  if (live == nullptr || live->owner.name.empty() || live->owner == input.policy.app) {
    return std::nullopt;
  }
  return live->owner;
}

}  // namespace

Step refuse(const Manifest& manifest, Error error) {
  const StepReason reason = error.code() == kOwnedByAnotherApp ? StepReason::foreign_owner
                            : error.code() == kUnknownKind     ? StepReason::not_served
                            : error.code() == kNotDiscovered   ? StepReason::not_observed
                            : error.code() == kNotWatched      ? StepReason::not_observed
                                                               : StepReason::protected_;
  std::string detail = error.message();
  return step_of(manifest, RefuseAction{std::move(error)}, reason, std::move(detail));
}

std::optional<Error> Decider::objection(const Manifest& manifest) const {
  if (const std::optional<AppKey> owner = other_owner(input_, manifest.key)) {
    return Error(kOwnedByAnotherApp, manifest.key.display() + " belongs to App " + owner->display(),
                 Retry::conflict)
        .at(manifest.origin.position())
        .with_help("remove it from one of the two apps");
  }
  const GroupVersionKind gvk = make_gvk(manifest.api_version, manifest.key.kind);
  const bool defined_here = definitions_.contains(gvk.group_kind());
  if (!defined_here && input_.observed.catalog->find(gvk) == nullptr) {
    return unknown_kind(manifest, *input_.observed.catalog);
  }
  const auto blind = input_.observed.blind.find(gvk.group_kind());
  if (blind != input_.observed.blind.end()) {
    return Error(kNotWatched,
                 manifest.key.display() +
                     " is not applied, for the operator may not watch its kind: " +
                     blind->second.message(),
                 Retry::denied)
        .at(manifest.position_of({"kind"}))
        .with_help("let the operator get, list and watch this kind in all namespaces");
  }
  return std::nullopt;
}

Step Decider::decide(const Manifest& manifest) const {
  if (std::optional<Error> error = objection(manifest)) {
    return refuse(manifest, std::move(*error));
  }
  const LiveObject* live = input_.observed.find(manifest.key);
  return live == nullptr ? decide_absent(manifest) : decide_present(manifest, *live);
}

Step Decider::decide_absent(const Manifest& manifest) const {
  const GroupKind kind = manifest.key.group_kind();
  const bool kind_is_served = input_.observed.catalog->find_any(kind) != nullptr;
  if (kind_is_served && !input_.observed.synced.contains(kind)) {
    return apply(manifest, StepReason::unconfirmed, "the live state of its kind is not known yet");
  }
  const InventoryEntry* entry = input_.inventory.find(manifest.key);
  if (entry == nullptr || !entry->applied) return apply(manifest, StepReason::created);
  const bool same = entry->applied->desired == manifest.desired;
  if (same && input_.policy.heal != HealMode::correct) {
    return step_of(manifest, KeepAction{}, StepReason::heal_disabled, "deleted in the cluster");
  }
  if (!same) return apply(manifest, StepReason::deleted_live);
  return heal(input_, manifest, StepReason::deleted_live, "", "");
}

Step Decider::decide_present(const Manifest& manifest, const LiveObject& live) const {
  const InventoryEntry* entry = input_.inventory.find(manifest.key);
  // What is in sync but not in the inventory has to be entered there, else it could never be
  // pruned.
  if (entry != nullptr && live.in_sync(manifest.desired)) return unchanged(manifest);
  if (live.deleting) {
    return step_of(manifest, KeepAction{}, StepReason::deleted_live,
                   "is being deleted; waits for " + (live.finalizers.empty()
                                                         ? std::string("the garbage collector")
                                                         : join(live.finalizers, ", ")));
  }
  if (entry == nullptr) return apply(manifest, StepReason::adopted);
  if (!live.applied) {
    return left_as_it_is(*entry, live, manifest)
               ? step_of(manifest, KeepAction{}, StepReason::heal_disabled)
               : apply(manifest, StepReason::unconfirmed);
  }
  std::string detail = blame_text(input_.observed, manifest.key);
  if (live.applied->desired != manifest.desired) {
    return apply(manifest, StepReason::changed, std::move(detail));
  }
  const StepReason reason =
      live.applied->uid == live.uid ? StepReason::drifted : StepReason::deleted_live;
  if (reason == StepReason::drifted && is_yielded(input_.observed, manifest)) {
    return apply(manifest, StepReason::yielded, std::move(detail));
  }
  if (input_.policy.heal != HealMode::correct) {
    return step_of(manifest, KeepAction{}, StepReason::heal_disabled, std::move(detail));
  }
  return heal(input_, manifest, reason, rival_of(input_.observed, manifest.key), std::move(detail));
}

// The record of our last apply stands only in the inventory. It says whether what is live differs
// from it for a reason that the app's heal mode leaves alone.
bool Decider::left_as_it_is(const InventoryEntry& entry, const LiveObject& live,
                            const Manifest& manifest) const {
  if (input_.policy.heal == HealMode::correct || !entry.applied) return false;
  const ApplyRecord& record = *entry.applied;
  return record.desired == manifest.desired &&
         (record.uid != live.uid || record.managed != live.managed ||
          record.projected != live.projected);
}

}  // namespace plumb
