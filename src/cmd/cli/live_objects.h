// The live state of given objects, read one by one in parallel: bodies for people, and the records
// the planner needs.
#pragma once

#include <map>
#include <vector>

#include "edge/cluster/cluster_client.h"
#include "model/inventory.h"
#include "model/observed.h"

namespace plumb::cli {

struct LiveObjects {
  std::map<ObjectKey, Value> bodies;
  Observed observed;
};

// Discovery must have run. The first error of a read ends it: half a look would be read as
// deletions.
[[nodiscard]] Result<LiveObjects> read_live_objects(ClusterClient& client,
                                                    const std::vector<ObjectKey>& keys,
                                                    const Inventory& inventory);

}  // namespace plumb::cli
