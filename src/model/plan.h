// Plan: what a turn is going to do, as a value. `plumb diff`, approval and the executor all see
// this same value, and the executor's only input is an ApprovedPlan, which can be made only of
// verified provenance.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/digest.h"
#include "model/inventory.h"
#include "model/manifests.h"

namespace plumb {

// Why a step is there. One reason a step; `detail` says it for this object.
enum class StepReason {
  created,       // not in the cluster
  changed,       // the source asks for something else than what was applied
  drifted,       // somebody changed it in the cluster
  deleted_live,  // somebody deleted it in the cluster
  yielded,       // others changed only what a rule leaves to them: apply the rest again
  adopted,       // in the cluster, never applied by us
  unconfirmed,   // applied by an earlier process, no record of the answer: apply again, costs
                 // nothing if equal
  left_source,   // in the inventory, no longer in the source
  app_deleted,   // the app itself is going away
  unchanged,
  foreign_owner,  // another app has it
  protected_,     // deletion is disabled or waits for a person
  fought,         // drifted again and again: healed, but later
  heal_disabled,  // drifted, but the app says warn or off
  not_served,     // the cluster does not know the kind
  not_observed,   // the live state of its kind is not complete yet
};
[[nodiscard]] const char* to_string(StepReason reason);

struct ApplyAction {    // server-side apply of the manifest
  Fingerprint desired;  // D of the body as sent
  friend bool operator==(const ApplyAction&, const ApplyAction&) = default;
};
struct DeleteAction {  // with the uid as precondition
  std::string uid;
  std::string version;
  friend bool operator==(const DeleteAction&, const DeleteAction&) = default;
};
struct ReleaseAction {  // drop from the inventory, leave in the cluster
  friend bool operator==(const ReleaseAction&, const ReleaseAction&) = default;
};
struct KeepAction {  // nothing to do
  friend bool operator==(const KeepAction&, const KeepAction&) = default;
};
struct RefuseAction {  // must not be done; stays as it is, and the app is not Ready
  Error error;
  friend bool operator==(const RefuseAction& a, const RefuseAction& b) {
    return a.error.code() == b.error.code() && a.error.message() == b.error.message();
  }
};
using Action = std::variant<ApplyAction, DeleteAction, ReleaseAction, KeepAction, RefuseAction>;

struct Step {
  ObjectKey key;
  Action action;
  StepReason reason = StepReason::unchanged;
  std::string detail;  // "spec.replicas taken by kubectl-edit"
  std::shared_ptr<const Manifest>
      manifest;                   // of ApplyAction and of KeepAction where known; else null
  bool recreate_allowed = false;  // delete and create if the server says immutable
  std::string rival = {};         // of a heal: the manager it is against; "" if nobody is known
};

// Steps that may run at the same time. The next wave starts when this one is applied and healthy.
struct Wave {
  std::string name;  // "definitions", "wave 0", "prune"
  std::vector<Step> steps;
  // What must be in the cluster and healthy before this wave begins, kept objects included: the
  // manifests of all earlier waves; for a prune wave all manifests. Empty in a heal.
  std::vector<ObjectKey> after;
};

struct Plan {
  AppKey app;
  std::optional<Provenance>
      provenance;           // absent for a plan that only deletes a deleted app's objects
  std::vector<Wave> waves;  // applies in order, then prune waves
  size_t kept = 0;          // objects that need nothing; they are not listed as steps
  [[nodiscard]] bool empty() const { return waves.empty(); }
};

class ApprovedPlan {
 public:
  // Refuses plans that would apply manifests of unverified provenance.
  [[nodiscard]] static Result<ApprovedPlan> approve(Plan plan);
  [[nodiscard]] const Plan& plan() const { return plan_; }

 private:
  explicit ApprovedPlan(Plan plan) : plan_(std::move(plan)) {}
  Plan plan_;
};

}  // namespace plumb
