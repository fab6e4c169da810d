// Fence: until when this process may write to the cluster.
//
// The holder of the Lease extends it with every renewal. No write is put on the wire after it
// (HttpRequest::send_by, checked last by the network thread), so that a replica that was stopped,
// cut off or slow does not write once another may have taken over. Starts closed. Thread safe.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace plumb {

class Fence {
 public:
  void extend(Monotonic until) { until_ = until; }
  void close() { until_ = Monotonic::min(); }
  [[nodiscard]] Monotonic until() const { return until_; }

 private:
  std::atomic<Monotonic> until_{Monotonic::min()};
};

}  // namespace plumb
