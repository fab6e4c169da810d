#include "control/work_queue.h"

#include <tuple>

namespace plumb {

const char* to_string(Lane lane) {
  switch (lane) {
    case Lane::heal:
      return "heal";
    case Lane::commit:
      return "commit";
    case Lane::first_sync:
      return "first_sync";
    case Lane::sweep:
      return "sweep";
  }
  return "";
}

void WorkQueue::add(const NamespacedName& key, Lane lane) {
  MutexLock lock(mutex_);
  enqueue(key, Pending{lane, true, {}});
}

void WorkQueue::add_object(const NamespacedName& key, const ObjectKey& object) {
  MutexLock lock(mutex_);
  enqueue(key, Pending{Lane::heal, false, {object}});
}

void WorkQueue::enqueue(const NamespacedName& key, Pending merged) {
  if (stopped_) return;
  auto [at, is_new] = pending_.try_emplace(key);
  Pending& pending = at->second;
  if (is_new) {
    pending = std::move(merged);
    pending.since = std::chrono::steady_clock::now();
    pending.order = next_order_++;
  } else {
    ready_.erase({pending.lane, pending.order, key});
    pending.lane = std::min(pending.lane, merged.lane);
    pending.whole = pending.whole || merged.whole;
    pending.objects.merge(merged.objects);
  }
  if (active_.contains(key)) return;  // done() makes it ready
  ready_.insert({pending.lane, pending.order, key});
  changed_.notify_all();
}

void WorkQueue::add_at(const NamespacedName& key, Monotonic at, Lane lane) {
  MutexLock lock(mutex_);
  const auto known = timers_.find(key);
  if (known != timers_.end()) {
    if (known->second.first <= at) return;
    by_time_.erase({known->second.first, key});
  }
  timers_[key] = {at, lane};
  by_time_.insert({at, key});
  changed_.notify_all();
}

void WorkQueue::forget(const NamespacedName& key) {
  MutexLock lock(mutex_);
  if (const auto at = pending_.find(key); at != pending_.end()) {
    ready_.erase({at->second.lane, at->second.order, key});
    pending_.erase(at);
  }
  if (const auto at = timers_.find(key); at != timers_.end()) {
    by_time_.erase({at->second.first, key});
    timers_.erase(at);
  }
}

void WorkQueue::release_due_timers(Monotonic now) {
  while (!by_time_.empty() && by_time_.begin()->first <= now) {
    const NamespacedName key = by_time_.begin()->second;
    const Lane lane = timers_.at(key).second;
    by_time_.erase(by_time_.begin());
    timers_.erase(key);
    enqueue(key, Pending{lane, true, {}});
  }
}

// Of a lane the first is the one that has waited longest.
void WorkQueue::promote_patient(Monotonic now) {
  while (true) {
    const auto first = ready_.lower_bound({Lane::sweep, 0, NamespacedName{}});
    if (first == ready_.end()) return;
    const auto& [lane, order, key] = *first;
    Pending& pending = pending_.at(key);
    if (now - pending.since < patience_) return;
    pending.lane = Lane::commit;
    ready_.insert({pending.lane, order, key});
    ready_.erase(first);
  }
}

std::optional<WorkItem> WorkQueue::take(Lane lowest) {
  MutexLock lock(mutex_);
  while (true) {
    if (stopped_) return std::nullopt;
    const Monotonic now = std::chrono::steady_clock::now();
    release_due_timers(now);
    promote_patient(now);
    if (!ready_.empty() && std::get<Lane>(*ready_.begin()) <= lowest) {
      const NamespacedName key = std::get<NamespacedName>(*ready_.begin());
      ready_.erase(ready_.begin());
      Pending pending = std::move(pending_.at(key));
      pending_.erase(key);
      active_.insert(key);
      return WorkItem{key, pending.lane, pending.whole, std::move(pending.objects), pending.since};
    }
    changed_.wait_until(mutex_, by_time_.empty() ? Monotonic::max() : by_time_.begin()->first);
  }
}

void WorkQueue::done(const NamespacedName& key) {
  MutexLock lock(mutex_);
  active_.erase(key);
  if (const auto at = pending_.find(key); at != pending_.end()) {
    ready_.insert({at->second.lane, at->second.order, key});
    changed_.notify_all();
  }
}

void WorkQueue::stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

bool WorkQueue::is_active(const NamespacedName& key) const {
  MutexLock lock(mutex_);
  return active_.contains(key);
}

size_t WorkQueue::waiting() const {
  MutexLock lock(mutex_);
  return pending_.size();
}

bool WorkQueue::is_pressed() const {
  MutexLock lock(mutex_);
  return !ready_.empty() && std::get<Lane>(*ready_.begin()) < Lane::sweep;
}

}  // namespace plumb
