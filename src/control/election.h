// Election: which of several replicas works. One holds the Lease and renews it; the others wait.
//
// After client-go v0.36 (tools/leaderelection): a lease counts as abandoned when it did not change
// for its duration as measured by our own monotonic clock, never by the times written in it, so
// that clocks may differ. Two things are stricter. The fence ends `renew_deadline` after the
// *beginning* of the last renewal that succeeded, and writes end with it (edge/cluster/fence.h);
// and who lost the lease does not try again: the process ends, and starts anew without memory.
// What is free is pure; Election owns a thread and calls back on threads of its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/log.h"
#include "edge/cluster/fence.h"
#include "edge/cluster/lease.h"

namespace plumb {

inline constexpr ErrorCode kLeaseLost{745, "LeaseLost"};          // another replica works now
inline constexpr ErrorCode kElectionTimes{746, "ElectionTimes"};  // they do not fit

struct ElectionOptions {
  LeaseName lease;
  std::string identity = {};  // unique for each process, not only for each Pod
  // Of kube-controller-manager. duration > renew_deadline > retry_period.
  Duration duration = std::chrono::seconds(15);
  Duration renew_deadline = std::chrono::seconds(10);
  Duration retry_period = std::chrono::seconds(2);
};

// What a replica saw of the lease, and since when it is so by its own clock.
struct LeaseSeen {
  Lease lease;
  Monotonic since{};
};

// A lease that was there and is not any more is still its holder's for as long as it would have
// been: the holder may not know yet.
[[nodiscard]] LeaseSeen see(const std::optional<LeaseSeen>& before, Lease now_read, Monotonic now);

enum class Standing {
  ours,   // held by us
  free,   // never held, released, or abandoned: may be taken
  taken,  // held by somebody who renews it
};
[[nodiscard]] Standing standing(const LeaseSeen& seen, const std::string& identity, Monotonic now);

// The times must fit: kElectionTimes.
[[nodiscard]] Result<void> check_times(const ElectionOptions& options);
// The lease as it stands when `identity` takes or renews it now.
[[nodiscard]] Lease held_over(const Lease& over, const std::string& identity, Duration duration);
// The lease as its holder gives it away.
[[nodiscard]] Lease released(const Lease& held);

class Election {
 public:
  struct Callbacks {
    // Once, when the lease is ours. The lease is renewed meanwhile. It gets what the lease told of
    // the ledger's head.
    std::function<void(const std::string&)> on_elected;
    // Once, when it could not be renewed in time, or somebody else has it.
    std::function<void(const Error&)> on_lost;
    // The ledger's head, for each renewal; "" leaves what is there. May be absent.
    std::function<std::string()> ledger_head = {};
  };

  // `client` has no fence: it writes the lease itself. Errors: kElectionTimes.
  [[nodiscard]] static Result<std::unique_ptr<Election>> start(
      std::unique_ptr<ClusterClient> client, ElectionOptions options, std::shared_ptr<Fence> fence,
      Callbacks callbacks, Log log);
  // Closes the fence and releases the lease, so that another replica takes over at once. Nothing
  // may write any more.
  ~Election();

  [[nodiscard]] bool elected() const { return elected_; }

 private:
  Election(std::unique_ptr<ClusterClient> client, ElectionOptions options,
           std::shared_ptr<Fence> fence, Callbacks callbacks, Log log);
  void run(const std::stop_token& stop);
  [[nodiscard]] bool acquire();
  [[nodiscard]] Result<void> renew();
  [[nodiscard]] Lease held(const Lease& over) const;
  void note_ledger(Lease& lease) const;
  void release();

  const std::unique_ptr<ClusterClient> client_;
  const ElectionOptions options_;
  const std::shared_ptr<Fence> fence_;
  const Callbacks callbacks_;
  const Log log_;
  std::optional<LeaseSeen> seen_;  // of the thread
  std::atomic<bool> elected_{false};
  std::jthread elected_thread_;
  std::jthread thread_;
};

}  // namespace plumb
