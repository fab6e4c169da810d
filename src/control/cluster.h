// Cluster: what a turn needs of the cluster that its App's objects are in: the operator's own, or a
// target cluster (control/target_clusters.h). Borrowed references; everything in it is thread safe.
#pragma once

#include <cstdint>

#include "control/fights.h"
#include "edge/cluster/cluster_client.h"
#include "edge/cluster/live_store.h"
#include "model/inventory.h"

namespace plumb {

struct Cluster {
  ClusterClient& client;
  LiveStore& live;
  Fights& fights;
  ClusterId id;
  // Another one for each connection: what the live store was told of an App before is not known to
  // the next. Of the operator's own cluster it is kOwnConnection.
  uint64_t connection;
};

inline constexpr uint64_t kOwnConnection = 1;

}  // namespace plumb
