#include "core/status/repository_status.h"

#include "core/status/conditions.h"

namespace plumb {

RepositoryStatus summarise_repository(const RepositoryTurn& turn,
                                      const RepositoryStatus& previous) {
  RepositoryStatus out = previous;
  out.observed_generation = turn.spec.generation;
  out.last_handled_sync = turn.spec.sync_requested;
  if (turn.revision) {
    out.revision = turn.revision->display();
    out.commit = turn.revision->commit.str();
    out.ref = turn.revision->ref.str();
  }
  ConditionSet conditions(previous.conditions, turn.spec.generation, turn.now);
  if (turn.spec.suspend) {
    conditions.set("Ready", "False", "Suspended", "fetching is suspended");
  } else if (turn.error) {
    std::string message = turn.error->summary();
    if (!turn.error->help().empty()) message += "; " + turn.error->help();
    // Only a revision that this process holds is in force; after a restart there may be none yet.
    if (turn.revision) message += "; still on " + out.revision;
    conditions.set("Ready", "False", turn.error->code().name, message);
    if (turn.error->retry() == Retry::permanent || turn.error->retry() == Retry::denied) {
      conditions.set("Stalled", "True", turn.error->code().name, message);
    }
  } else if (turn.revision) {
    conditions.set("Ready", "True", "Fetched",
                   out.revision + (turn.policy == "none" ? " (trust: none)" : ""));
  }
  out.conditions = std::move(conditions).take();
  return out;
}

}  // namespace plumb
