// ShardElection: which shards this replica works on. Each shard has a Lease; who holds it works on
// the shard. Every replica tells by a Lease of its own that it lives; all see all Leases by one
// LIST, and each takes and gives away what the division says (control/shard_division.h): free
// shards at once, those of a dead replica when their Leases run out, and a surplus only when the
// replicas have been the same for the duration of a Lease, so that an update moves nothing twice.
//
// A Lease of the name that one working replica would hold stands for the division as a whole:
// "4 shards" holds it, and any replica of that division renews it. So a replica that knows of
// another number of shards, or of none, waits until the last of the others is gone: what one of
// them calls shard 1 is not what another does. A write needs both, the shard's Lease and the
// division's; the fence of each shard ends with the first of them (edge/cluster/fence.h).
//
// Who loses a Lease ends as a process, as in control/election.h. Owns a thread, and one more for
// each shard that it takes or gives away; calls back on those.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "base/log.h"
#include "control/election.h"

namespace plumb {

class ShardElection {
 public:
  struct Callbacks {
    // The shard is ours, with what its Lease told of the ledger's head. Returns when its work has
    // begun, or cannot.
    std::function<void(uint32_t, const std::string&, std::shared_ptr<Fence>)> on_gained;
    // Ends the work on it: when this returns, nothing of it is written any more. Yields the head of
    // its ledger.
    std::function<std::string(uint32_t)> on_given_away;
    // Once: a Lease could not be renewed in time, or somebody else has it.
    std::function<void(const Error&)> on_lost;
    std::function<std::string(uint32_t)> ledger_head;  // for each renewal; "" leaves what is there
  };

  // `client` has no fence. Errors: kElectionTimes.
  [[nodiscard]] static Result<std::unique_ptr<ShardElection>> start(
      std::unique_ptr<ClusterClient> client, ElectionOptions options, uint32_t shards,
      Callbacks callbacks, Log log);
  // Releases all Leases, so that others take over at once. All work has ended before.
  ~ShardElection();

 private:
  struct Held;
  struct Look;

  ShardElection(std::unique_ptr<ClusterClient> client, ElectionOptions options, uint32_t shards,
                Callbacks callbacks, Log log);
  void run(const std::stop_token& stop);
  [[nodiscard]] Result<void> renew_and_look();
  [[nodiscard]] Look ask_all();
  [[nodiscard]] Result<Lease> renew(uint32_t shard, const Held& held);
  [[nodiscard]] Result<void> settle_renewals(Look& look);
  void note_leases(const std::map<std::string, Lease>& leases, Monotonic began);
  void join_division();
  [[nodiscard]] Result<void> check_division() const;
  void extend_fences();
  void note_replicas();
  void divide();
  void acquire(uint32_t shard);
  void begin_leaving(uint32_t shard, Held& held);
  void finish_leaving();
  void clear_away();
  void release_all();

  [[nodiscard]] LeaseName shard_lease(uint32_t shard) const;
  [[nodiscard]] std::string replica_prefix() const;
  [[nodiscard]] LeaseName own_lease() const;
  [[nodiscard]] std::string division_name() const;  // "4 shards"
  [[nodiscard]] Monotonic division_until() const;
  [[nodiscard]] std::string holder_of(uint32_t shard) const;
  [[nodiscard]] Standing standing_of(const std::string& lease, const std::string& identity) const;

  const std::unique_ptr<ClusterClient> client_;
  const ElectionOptions options_;
  const uint32_t shards_;
  const Callbacks callbacks_;
  const Log log_;

  // All of the thread.
  std::map<std::string, LeaseSeen> seen_;  // by name of the Lease
  std::map<uint32_t, std::unique_ptr<Held>> held_;
  Lease presence_;
  Monotonic division_renewed_ = Monotonic::min();  // at the earliest
  Monotonic looked_ = Monotonic::min();            // when the last LIST began
  int looks_ = 0;                                  // since our presence is known
  std::set<std::string> replicas_;
  Monotonic replicas_since_ = Monotonic::min();

  std::jthread thread_;
};

}  // namespace plumb
