// WorkQueue: the one deduplicating queue of keys. A trigger carries a key, never data; while a key
// waits, further triggers merge into it; while its turn runs, they wait for the turn's end, so that
// one key has one turn at a time.
//
// Lanes are strict priorities: heal before commit before first_sync before sweep. What has waited
// in the sweep lane for `patience` goes as a commit, so that a sync of thousands of apps does not
// keep it from its turn. A key's objects (of a heal) are collected until the turn begins. Timers
// (`add_at`) are kept in the same structure: the earlier time wins. Thread safe. Durations are
// monotonic.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "model/object.h"

namespace plumb {

enum class Lane { heal, commit, first_sync, sweep };

[[nodiscard]] const char* to_string(Lane lane);

// One turn's worth of triggers for a key.
struct WorkItem {
  NamespacedName key;
  Lane lane = Lane::sweep;
  bool whole = true;            // false: only `objects`
  std::set<ObjectKey> objects;  // drifted objects, when not whole
  Monotonic since;              // of its first trigger
};

class WorkQueue {
 public:
  explicit WorkQueue(Duration patience = std::chrono::seconds(10)) : patience_(patience) {}

  void add(const NamespacedName& key, Lane lane) EXCLUDES(mutex_);
  void add_object(const NamespacedName& key, const ObjectKey& object) EXCLUDES(mutex_);
  void add_at(const NamespacedName& key, Monotonic at, Lane lane = Lane::sweep) EXCLUDES(mutex_);
  // Nothing of this key waits any longer (its resource is gone). A running turn is not stopped.
  void forget(const NamespacedName& key) EXCLUDES(mutex_);

  // Blocks for the next item whose lane is at most `lowest`; nullopt after stop(). The caller must
  // call done().
  [[nodiscard]] std::optional<WorkItem> take(Lane lowest) EXCLUDES(mutex_);
  void done(const NamespacedName& key) EXCLUDES(mutex_);
  void stop() EXCLUDES(mutex_);

  // Its turn runs.
  [[nodiscard]] bool is_active(const NamespacedName& key) const EXCLUDES(mutex_);
  [[nodiscard]] size_t waiting() const EXCLUDES(mutex_);  // without timers
  // Something waits for a worker that is more than a sweep.
  [[nodiscard]] bool is_pressed() const EXCLUDES(mutex_);

 private:
  struct Pending {
    Lane lane = Lane::sweep;
    bool whole = false;
    std::set<ObjectKey> objects;
    Monotonic since = {};  // of the first trigger
    uint64_t order = 0;    // first come, first served within a lane
  };

  void enqueue(const NamespacedName& key, Pending merged) REQUIRES(mutex_);
  void release_due_timers(Monotonic now) REQUIRES(mutex_);
  void promote_patient(Monotonic now) REQUIRES(mutex_);

  const Duration patience_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::map<NamespacedName, Pending> pending_ GUARDED_BY(mutex_);
  std::set<std::tuple<Lane, uint64_t, NamespacedName>> ready_ GUARDED_BY(mutex_);
  std::set<NamespacedName> active_ GUARDED_BY(mutex_);
  std::map<NamespacedName, std::pair<Monotonic, Lane>> timers_ GUARDED_BY(mutex_);
  std::set<std::pair<Monotonic, NamespacedName>> by_time_ GUARDED_BY(mutex_);
  uint64_t next_order_ GUARDED_BY(mutex_) = 0;
  bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace plumb
