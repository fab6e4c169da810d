#include "edge/cluster/request_gate.h"

#include <algorithm>

namespace plumb {

RequestGate::RequestGate(const ClientOptions& options)
    : least_(static_cast<double>(std::max<size_t>(options.window_least, 1))),
      start_(static_cast<double>(std::max(options.window_start, options.window_least))),
      most_(static_cast<double>(std::max(options.window_most, options.window_start))),
      window_(start_) {}

size_t RequestGate::waiting() const {
  size_t count = 0;
  for (const auto& queue : queues_) count += queue.size();
  return count;
}

std::vector<RequestGate::Ticket> RequestGate::take_startable() {
  std::vector<Ticket> startable;
  for (auto& queue : queues_) {
    while (!queue.empty() && in_flight_ < static_cast<size_t>(window_)) {
      startable.push_back(std::move(queue.front()));
      queue.pop_front();
      ++in_flight_;
    }
  }
  return startable;
}

void RequestGate::enter(Priority priority, Ticket ticket) {
  std::vector<Ticket> startable;
  bool refused = false;
  {
    MutexLock lock(mutex_);
    refused = closed_;
    if (!refused) {
      queues_.at(static_cast<size_t>(priority)).push_back(std::move(ticket));
      startable = take_startable();
    }
  }
  if (refused) ticket.refuse();  // NOLINT(bugprone-use-after-move): moved only where it is not
  for (const Ticket& one : startable) one.start();
}

void RequestGate::adapt(Duration latency) {
  // A window that is not full says nothing about the server's limit.
  if (waiting() == 0) return;
  window_ = std::min(most_, window_ + 1.0 / window_);
  block_.push_back(latency);
  if (block_.size() < kBlock) return;
  const auto middle = block_.begin() + kBlock / 2;
  std::nth_element(block_.begin(), middle, block_.end());
  const Duration median = *middle;
  block_.clear();
  if (median < best_) {
    best_ = median;
  } else if (median / 3 > best_) {
    window_ = std::max(std::min(start_, window_), window_ / 2);
    // The best one fades, so that a server that became slower for good is not throttled for ever.
    best_ += best_ / 4;
  }
}

void RequestGate::leave(Duration latency, bool throttled) {
  std::vector<Ticket> startable;
  {
    MutexLock lock(mutex_);
    --in_flight_;
    if (throttled) {
      window_ = std::max(least_, window_ / 2);
    } else {
      adapt(latency);
    }
    startable = take_startable();
  }
  for (const Ticket& one : startable) one.start();
}

void RequestGate::close() {
  std::vector<Ticket> refused;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    for (auto& queue : queues_) {
      for (Ticket& one : queue) refused.push_back(std::move(one));
      queue.clear();
    }
  }
  for (const Ticket& one : refused) one.refuse();
}

RequestGate::Load RequestGate::load() const {
  MutexLock lock(mutex_);
  return {in_flight_, waiting(), static_cast<size_t>(window_)};
}

}  // namespace plumb
