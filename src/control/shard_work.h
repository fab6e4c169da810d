// ShardWork: the work of one shard, and of a whole operator where the work is not divided: client,
// live store, Git stores, registry, queues, watches and worker threads, wired together. Everything
// is owned here and shared with no other shard, of this process or another: what shards know of
// each other they see in the cluster. Thread safe.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "control/operator_options.h"
#include "control/world.h"
#include "edge/cluster/fence.h"
#include "model/shard.h"

namespace plumb {

class ShardWork {
 public:
  // Connects and discovers; writes nothing. `fence`: null where there is no other replica. What
  // `times` refers to and `room` outlive it.
  [[nodiscard]] static Result<std::unique_ptr<ShardWork>> connect(const OperatorOptions& options,
                                                                  ShardId shard,
                                                                  std::shared_ptr<Fence> fence,
                                                                  TurnTimes times, TurnRoom& room);
  ~ShardWork();  // stops

  // Starts watches, and workers when their first lists are complete. Blocks until then. Errors:
  // missing CRDs, a ledger that cannot be opened; kCancelled after stop().
  [[nodiscard]] Result<void> begin(const std::string& ledger_head);
  // Finishes the requests in flight and ends all threads. Nothing is written after it.
  void stop();

  [[nodiscard]] World& world();
  [[nodiscard]] const World& world() const;
  [[nodiscard]] std::string ledger_head() const;  // "" where no ledger is kept

 private:
  class Graph;
  explicit ShardWork(std::unique_ptr<Graph> graph);
  std::unique_ptr<Graph> graph_;
};

}  // namespace plumb
