// reconcile: one turn of one app, the table of contents of Plumb. See reconcile.cc.
#pragma once

#include <memory>
#include <set>
#include <stop_token>

#include "control/cluster.h"
#include "control/registry.h"
#include "control/turn_room.h"
#include "control/work_queue.h"
#include "control/world.h"
#include "model/status.h"

namespace plumb {

struct TurnResult {
  TurnRecord record;
  std::shared_ptr<const Accepted> accepted;  // to start the next heal from
  // That its objects are in; null where the turn did not come to that.
  std::shared_ptr<const Cluster> cluster;
  // The turn did not begin, and has nothing to say yet: what it waits for will wake the app.
  std::set<GroupKind> awaiting;       // kinds whose first list must be complete first
  bool waits_for_target = false;      // that is being connected to
  bool waits_for_turns = false;       // in its target, of which some must end first
  bool waits_for_fetch = false;       // its repository was not asked for the first time yet
  bool waits_for_dependency = false;  // that has its own turn still before it
  bool waits_for_variables = false;   // what it takes them from was not read for the first time yet
  bool waits_for_bases = false;       // of other repositories, which are being fetched
  bool waits_for_room = false;        // its manifests are large: it has to come back
  bool lost_a_claim = false;          // an App of another shard was first: another turn will see it
  bool deleted = false;               // nothing is left of the app: its finalizer may go
  std::shared_ptr<TurnRoom::Hold> room = nullptr;  // for large manifests, as long as they are used
  Redaction secrets = {};  // that are in its manifests; the record is without them
};

[[nodiscard]] TurnResult reconcile(World& world, const AppEntry& app, const WorkItem& item);

}  // namespace plumb
