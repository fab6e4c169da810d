// The turn of an App that is being deleted: its inventory decides alone, no source is needed.
#include "control/dependencies.h"
#include "control/stages.h"

namespace plumb {

TurnResult stopped_at(TurnResult turn, Stage stage, Error error) {
  turn.record.stopped = StageError{stage, std::move(error)};
  return turn;
}

TurnResult take_down(World& world, const AppEntry& app, TurnResult turn) {
  if (std::optional<Error> waits = dependents_left(world.registry, app)) {
    return stopped_at(std::move(turn), Stage::dependencies, std::move(*waits));
  }
  Result<Place> place = reach_cluster(world, app, turn.record.inventory);
  if (!place && app.spec.deletion_policy == DeletionPolicy::orphan) {
    // What is left where it is needs nobody to be asked.
    turn.record.applied = release_all(turn.record.inventory);
    turn.record.inventory = {};
    turn.deleted = true;
    return turn;
  }
  if (!place) return stopped_at(std::move(turn), Stage::target, std::move(place).error());
  note_place(turn, *std::move(place));
  if (!turn.cluster) return turn;
  const Cluster& cluster = *turn.cluster;
  // From here on the objects and the inventory are of this cluster alone.

  const Inventory before = turn.record.inventory;
  turn.awaiting = kinds_awaited(cluster, {}, before);
  if (!turn.awaiting.empty()) return turn;
  const Observed observed = observe(cluster, {}, before);
  Result<ApprovedPlan> plan = plan_deletion(world, app, before, observed);
  if (!plan) return stopped_at(std::move(turn), Stage::plan, std::move(plan).error());
  turn.record.refused = refused_steps(plan->plan());
  turn.record.applied = run_deletion(cluster, app, *plan);
  turn.record.inventory = advance(before, *turn.record.applied);
  turn.deleted = turn.record.inventory.empty();
  return turn;
}

}  // namespace plumb
