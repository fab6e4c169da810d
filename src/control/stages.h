// The stages of a turn as reconcile.cc calls them. Each takes what it needs and returns a new
// value; only `observe`, `record_intent` and the runs touch the cluster.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/reconcile.h"
#include "control/turn_room.h"
#include "core/plan/inventory_algebra.h"
#include "core/plan/plan.h"
#include "core/plan/prepare.h"

namespace plumb {

inline constexpr ErrorCode kSourceNotReady{740, "SourceNotReady"};
inline constexpr ErrorCode kRecordFailed{741, "InventoryNotRecorded"};
inline constexpr ErrorCode kNothingApplied{749, "NothingApplied"};  // atomic, and some is refused

// The desired state of one turn: the manifests as they will be sent, and what they are made of.
struct Desired {
  std::shared_ptr<const Manifests> manifests;
  std::shared_ptr<const Accepted> basis;
  std::shared_ptr<TurnRoom::Hold> room = nullptr;  // for the manifests; of large ones only
};

struct Progress {
  Applied applied;
  bool complete = false;    // every step of every wave was done
  std::string waiting_for;  // why a later wave did not begin
};

// "system:serviceaccount:prod:deployer": whom the App's requests are made as; nullopt: the
// operator.
[[nodiscard]] std::optional<std::string> acts_as(const AppSpec& app);

// The whole of a turn for an app that is being deleted.
[[nodiscard]] TurnResult take_down(World& world, const AppEntry& app, TurnResult turn);
[[nodiscard]] TurnResult stopped_at(TurnResult turn, Stage stage, Error error);

[[nodiscard]] TurnResult begin_turn(World& world, const AppEntry& app, const WorkItem& item);

// The cluster that the app's objects are in, and the inventory of what it has there. A target that
// is being connected to is null, and will wake the app; what does not answer, or is another cluster
// than the one the inventory is of, is an error.
struct Place {
  std::shared_ptr<const Cluster> cluster = nullptr;
  bool full = false;  // other turns must end first
  Inventory inventory = {};
  Inventory left = {};  // what stays in another cluster, by a person's word
};
[[nodiscard]] Result<Place> reach_cluster(World& world, const AppEntry& app, Inventory inventory);

// The repository's own turn will wake the app, whether it finds a revision or not: until then there
// is nothing to say.
[[nodiscard]] bool awaits_first_fetch(World& world, const AppEntry& app);

// The last good revision of the app's repository; for a heal the one its manifests were made of.
[[nodiscard]] Result<std::shared_ptr<const GoodRevision>> good_revision(World& world,
                                                                        const AppEntry& app,
                                                                        const WorkItem& item);
// What is to be rendered, with the variables as they are now; for a heal that of the last accepted
// manifests. nullopt: the first look at what the App takes variables from is under way, and will
// wake it.
[[nodiscard]] Result<std::optional<RenderRequest>> render_request(World& world, const AppEntry& app,
                                                                  const WorkItem& item);
// The files of a revision of the app's repository, with what they may use of other repositories. A
// base that is missing wakes the app when it is there.
[[nodiscard]] std::shared_ptr<const SourceTree> files_for(World& world, const AppEntry& app,
                                                          const GoodRevision& revision);
// Renders through the cache and prepares; for a heal the last accepted manifests. nullopt: they are
// large, and there is no room for them now.
[[nodiscard]] Result<std::optional<Desired>> desired_state(
    World& world, const Cluster& cluster, const AppEntry& app, const WorkItem& item,
    const std::shared_ptr<const GoodRevision>& source, const RenderRequest& request);

void note_desired(TurnResult& turn, const std::optional<Desired>& desired);

// Claims the objects that the app wants, before anything is planned: what another app has is not
// touched.
struct ClaimsSeen {
  std::map<ObjectKey, AppKey> taken;   // wanted, but another app has it
  std::map<ObjectKey, AppKey> wanted;  // ours, but another app wants it
};
[[nodiscard]] ClaimsSeen claim_objects(World& world, const Cluster& cluster, const AppEntry& app,
                                       const WorkItem& item,
                                       const std::shared_ptr<const GoodRevision>& source,
                                       const Desired& desired);

// Starts watches of the kinds concerned; those whose first list is not complete yet.
[[nodiscard]] std::set<GroupKind> kinds_awaited(const Cluster& cluster, const Desired& desired,
                                                const Inventory& inventory);
[[nodiscard]] Observed observe(const Cluster& cluster, const Desired& desired,
                               const Inventory& inventory);

// What is only created may be in the cluster without our label: the server is asked, once a turn.
[[nodiscard]] Result<std::set<ObjectKey>> unlabelled_objects(const Cluster& cluster,
                                                             const WorkItem& item,
                                                             const Desired& desired,
                                                             const Observed& observed);

[[nodiscard]] Result<ApprovedPlan> plan_turn(const AppEntry& app, const WorkItem& item,
                                             const Inventory& inventory, const Desired& desired,
                                             const ClaimsSeen& claims, const HealHolds& holds,
                                             const Observed& observed,
                                             const std::set<ObjectKey>& unlabelled);
[[nodiscard]] Result<ApprovedPlan> plan_deletion(World& world, const AppEntry& app,
                                                 const Inventory& inventory,
                                                 const Observed& observed);
[[nodiscard]] std::vector<Step> refused_steps(const Plan& plan);
// Drift that is left as it is: by the app's heal mode, or for a while by the fight breaker.
[[nodiscard]] std::vector<Step> unhealed_steps(const Plan& plan);

// For spec.apply: atomic. Asks the API server what it would say to every apply of the plan. What
// needs a kind or a namespace that the plan itself creates cannot be asked.
struct Rehearsal {
  Applied refusals;              // the steps that the server refuses
  std::optional<Error> refused;  // why nothing of the revision is applied
};
[[nodiscard]] Rehearsal rehearse_turn(const Cluster& cluster, const AppEntry& app,
                                      const WorkItem& item, const ApprovedPlan& plan);

// Write-ahead: the inventory with everything the plan may create is published before anything is
// touched. Writes only when an object is new in it; of a first sync this write says, too, that it
// is on its way. Among several shards kClaimLost: something was another App's first, and the App
// needs another turn (control/app_shard.h).
[[nodiscard]] Result<Inventory> record_intent(World& world, const AppEntry& app,
                                              const TurnRecord& turn, const ApprovedPlan& plan);

// Wave by wave; a wave begins when what came before it is applied and healthy, prune waves last.
// Stops early when a newer commit or a newer spec waits for this app.
[[nodiscard]] Progress run_waves(World& world, const Cluster& cluster, const AppEntry& app,
                                 const WorkItem& item, const ApprovedPlan& plan);
[[nodiscard]] Applied run_deletion(const Cluster& cluster, const AppEntry& app,
                                   const ApprovedPlan& plan);
// For an app whose objects stay when it goes: its inventory alone is let go.
[[nodiscard]] Applied release_all(const Inventory& inventory);

// What a stage adds to the turn and its record.
void note_place(TurnResult& turn, Place place);
void note_source(TurnRecord& record, const VerifiedRevision& verified);
void note_unplanned(TurnRecord& record, const Plan& plan);
void note_progress(TurnRecord& record, const Inventory& recorded, Progress progress);

[[nodiscard]] HealthReport assess_health(const Cluster& cluster, const Desired& desired);
// What the app has in force, after a restart: rendered again from the commit its status names.
[[nodiscard]] Result<Desired> accepted_before(World& world, const Cluster& cluster,
                                              const AppEntry& app);

}  // namespace plumb
