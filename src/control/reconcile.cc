// The table of contents: the one-way flow of a turn, one call per stage. No stage knows the next or
// the one before; what a stage needs of the world it reads afresh, and what it makes is never
// changed afterwards.
#include "control/reconcile.h"

#include "control/app_shard.h"
#include "control/dependencies.h"
#include "control/fights.h"
#include "control/stages.h"
#include "core/status/redacted.h"
#include "model/remote_base.h"

namespace plumb {
namespace {

TurnResult not_rendered(TurnResult turn, Error error) {
  turn.waits_for_bases = error.code() == kRemoteBaseAwaited;
  return turn.waits_for_bases ? turn : stopped_at(std::move(turn), Stage::render, std::move(error));
}

TurnResult beaten(TurnResult turn) {
  turn.lost_a_claim = true;
  return turn;
}

TurnResult run(World& world, const AppEntry& app, const WorkItem& item, TurnResult turn) {
  // fetch, verify, open: done once per repository by its own turn; here is what it found good.
  turn.waits_for_fetch = awaits_first_fetch(world, app);
  if (turn.waits_for_fetch) return turn;
  Result<std::shared_ptr<const GoodRevision>> source = good_revision(world, app, item);
  if (!source) return stopped_at(std::move(turn), Stage::fetch, std::move(source).error());
  note_source(turn.record, (*source)->verified);
  // From here on nothing is fetched. A base that is missing ends the turn; its fetch begins one.

  Result<Place> place = reach_cluster(world, app, turn.record.inventory);
  if (!place) return stopped_at(std::move(turn), Stage::target, std::move(place).error());
  note_place(turn, *std::move(place));
  if (!turn.cluster) return turn;
  const Cluster& cluster = *turn.cluster;
  // From here on the app's objects, and its inventory, are of this cluster alone.

  const Result<std::optional<RenderRequest>> request = render_request(world, app, item);
  if (!request) return stopped_at(std::move(turn), Stage::render, request.error());
  turn.waits_for_variables = !request->has_value();
  if (!*request) return turn;
  turn.secrets = redaction_of((*request)->substitution);
  const auto desired = desired_state(world, cluster, app, item, *source, **request);
  if (!desired) return not_rendered(std::move(turn), desired.error());
  note_desired(turn, *desired);
  if (!*desired) return turn;
  // From here on the desired state is fixed.

  const Inventory before = turn.record.inventory;
  const ClaimsSeen claims = claim_objects(world, cluster, app, item, *source, **desired);
  // A heal waits for nobody: what it restores was accepted before.
  Dependencies needed = item.whole ? dependencies_of(world.registry, app) : Dependencies();
  if (needed.unmet) return stopped_at(std::move(turn), Stage::dependencies, *needed.unmet);
  turn.waits_for_dependency = !needed.met;
  if (turn.waits_for_dependency) return turn;
  turn.awaiting = kinds_awaited(cluster, **desired, before);
  if (!turn.awaiting.empty()) return turn;
  const Observed observed = observe(cluster, **desired, before);
  const Result<std::set<ObjectKey>> others = unlabelled_objects(cluster, item, **desired, observed);
  if (!others) return stopped_at(std::move(turn), Stage::plan, others.error());
  Result<ApprovedPlan> plan = plan_turn(app, item, before, **desired, claims,
                                        cluster.fights.holds(world.clock.now()), observed, *others);
  if (!plan) return stopped_at(std::move(turn), Stage::plan, std::move(plan).error());
  note_unplanned(turn.record, plan->plan());
  // From here on only the plan is written.

  if (Rehearsal rehearsal = rehearse_turn(cluster, app, item, *plan); rehearsal.refused) {
    turn.record.applied = std::move(rehearsal.refusals);
    return stopped_at(std::move(turn), Stage::apply, std::move(*rehearsal.refused));
  }
  Result<Inventory> recorded = record_intent(world, app, turn.record, *plan);
  if (!recorded && recorded.error().code() == kClaimLost) return beaten(std::move(turn));
  if (!recorded) return stopped_at(std::move(turn), Stage::record, std::move(recorded).error());
  // From here on everything that may come into being is in the inventory.

  note_progress(turn.record, *recorded, run_waves(world, cluster, app, item, *plan));
  turn.record.health = assess_health(cluster, **desired);
  turn.record.desired_objects = (*desired)->manifests->objects.size();
  turn.accepted = (*desired)->basis;
  return turn;
}

}  // namespace

TurnResult reconcile(World& world, const AppEntry& app, const WorkItem& item) {
  TurnResult turn = begin_turn(world, app, item);
  if (app.spec.deleting) {
    turn = take_down(world, app, std::move(turn));
  } else if (!app.spec.suspend) {
    turn = run(world, app, item, std::move(turn));
  }
  // From here on nothing of the record tells a secret.
  turn.record = redacted(std::move(turn.record), turn.secrets);
  if (turn.record.stopped) turn.room.reset();
  return turn;
}

}  // namespace plumb
