// World: what every turn may reach, composed once by the operator and passed down. Borrowed
// references; everything in it is thread safe.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "control/cluster.h"
#include "control/registry.h"
#include "control/work_queue.h"
#include "core/render/render_cache.h"
#include "edge/git/git_store.h"
#include "edge/server/metrics.h"
#include "model/shard.h"

namespace plumb {

class BaseFetches;
class SecretStore;
class TargetClusters;
class GitStores;
class TrustPolicies;
class ReferenceStore;
class Ledger;
class TurnRoom;

// What turns count; read by /metrics and by tests.
struct TurnCounters {
  std::atomic<uint64_t> turns{0};
  std::atomic<uint64_t> heals{0};
  std::atomic<uint64_t> failed{0};
  std::atomic<uint64_t> held_back{0};  // found no room for their large manifests
  std::atomic<uint64_t> status_writes{0};
  std::atomic<uint64_t> events{0};
};

// How long turns of Apps waited in the queue, by lane, and how long they took, by kind.
struct TurnTimes {
  Histogram& waited;
  Histogram& took;
};

struct World {
  ClusterClient& client;               // of the operator's own cluster, for its own resources
  std::shared_ptr<const Cluster> own;  // the same, for Apps without a target
  TargetClusters& targets;
  RenderCache& renders;
  Registry& registry;
  SecretStore& secrets;
  ReferenceStore& references;
  GitStores& stores;
  BaseFetches& bases;
  TrustPolicies& policies;
  WorkQueue& app_queue;
  WorkQueue& repository_queue;
  TurnCounters& counters;
  TurnTimes times;
  TurnRoom& room;
  const Clock& clock;
  Log log;
  std::string trust;                     // --trust: "none", "required" or ""
  std::string controller_id;             // reporting instance of Events
  ShardId shard = {};                    // that is worked on here
  std::atomic<Ledger*> ledger{nullptr};  // null where none is kept
};

}  // namespace plumb
