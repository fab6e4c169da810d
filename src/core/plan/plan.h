// make_plan: (Manifests, Observed, Inventory, policy) -> Plan. Pure: the same inputs give the same
// plan.
//
// What is in sync is only counted. Only what the inventory holds is ever deleted, only in a turn of
// the whole app, only where the complete list of the kind was seen, and never when the render is
// empty. Every step has a reason.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "model/inventory.h"
#include "model/manifests.h"
#include "model/observed.h"
#include "model/plan.h"
#include "model/spec.h"

namespace plumb {

inline constexpr ErrorCode kOwnedByAnotherApp{601, "OwnedByAnotherApp"};
inline constexpr ErrorCode kUnknownKind{602, "UnknownKind"};
inline constexpr ErrorCode kEmptyRender{603, "EmptyRender"};
inline constexpr ErrorCode kPruneNeedsConfirmation{604, "PruneNeedsConfirmation"};
inline constexpr ErrorCode kBadWave{605, "BadWave"};
inline constexpr ErrorCode kSameObject{606, "SameObjectTwice"};
inline constexpr ErrorCode kNotDiscovered{607, "ApiGroupNotDiscovered"};
inline constexpr ErrorCode kNotWatched{609, "KindNotWatched"};  // RBAC: it may not be listed

// Heals of an object against a manager that are held back, and for how long. See control/fights.h.
using HealRival = std::pair<ObjectKey, std::string>;
using HealHolds = std::map<HealRival, Duration>;

struct PlanPolicy {
  AppKey app;
  bool prune = true;
  HealMode heal = HealMode::correct;
  // Owners of keys that other apps claimed; borrowed, may be null.
  const std::map<ObjectKey, AppKey>* claims = nullptr;
  // The app's own objects that other apps want; borrowed, may be null.
  const std::map<ObjectKey, AppKey>* wanted = nullptr;
  const HealHolds* holds = nullptr;  // borrowed, may be null
  // Objects that are in the cluster though they are not observed: without our label. Known of those
  // that are only created; borrowed, may be null.
  const std::set<ObjectKey>* unlabelled = nullptr;
  // The commit for which a person confirmed prunes that need it; "" for none.
  std::string confirmed_prune;
};

// A heal plans only these objects, and never prunes.
struct PlanScope {
  bool whole_app = true;
  std::set<ObjectKey> objects;
};

struct PlanInput {
  const Manifests& manifests;  // prepared: as they are sent
  const Observed& observed;
  const Inventory& inventory;
  const PlanPolicy& policy;
  const PlanScope& scope;
  Provenance provenance;
};

[[nodiscard]] Plan make_plan(const PlanInput& input);
// For an app that is going away: everything in reverse order, or released (orphan).
struct DeletionInput {
  const AppKey& app;
  const Inventory& inventory;
  const Observed& observed;
  DeletionPolicy policy = DeletionPolicy::prune;
  // The app's objects that other apps want are handed over; borrowed, may be null.
  const std::map<ObjectKey, AppKey>* wanted = nullptr;
  // What a person has to write to confirm the deletions that need it, and what is written.
  std::string confirm_with = {};
  std::string confirmed = {};
};
[[nodiscard]] Plan make_deletion_plan(const DeletionInput& input);

// One line for people: "apply apps/Deployment prod/web: changed in the cluster (spec.replicas by
// kubectl-edit)".
[[nodiscard]] std::string explain(const Step& step);

}  // namespace plumb
