// Mutex, MutexLock and CondVar with clang's thread-safety annotations (libstdc++'s own mutex
// carries none). Guarded<T> keeps a value reachable only under its lock: prefer it where one value
// is shared.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

#if defined(__clang__)
#define PLUMB_ANNOTATE(x) __attribute__((x))
#else
#define PLUMB_ANNOTATE(x)
#endif
#define GUARDED_BY(x) PLUMB_ANNOTATE(guarded_by(x))
#define REQUIRES(...) PLUMB_ANNOTATE(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) PLUMB_ANNOTATE(locks_excluded(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS PLUMB_ANNOTATE(no_thread_safety_analysis)

namespace plumb {

class PLUMB_ANNOTATE(capability("mutex")) Mutex {
 public:
  void lock() PLUMB_ANNOTATE(acquire_capability()) { mutex_.lock(); }
  void unlock() PLUMB_ANNOTATE(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class PLUMB_ANNOTATE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) PLUMB_ANNOTATE(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() PLUMB_ANNOTATE(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits return on notification, at the deadline, or spuriously: always wait in a loop over the
// condition.
class CondVar {
 public:
  void wait(Mutex& mutex) REQUIRES(mutex) NO_THREAD_SAFETY_ANALYSIS { condition_.wait(mutex); }
  void wait_until(Mutex& mutex, std::chrono::steady_clock::time_point at)
      REQUIRES(mutex) NO_THREAD_SAFETY_ANALYSIS {
    // libstdc++ overflows on time_point::max(): cap at a day.
    const auto cap = std::chrono::steady_clock::now() + std::chrono::hours(24);
    condition_.wait_until(mutex, at < cap ? at : cap);
  }
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }

 private:
  std::condition_variable_any condition_;
};

template <class T>
class Guarded {
 public:
  Guarded() = default;
  explicit Guarded(T value) : value_(std::move(value)) {}

  // Runs `use` with the value under the lock and returns its result by value.
  template <class F>
  auto with(F&& use) {
    std::lock_guard lock(mutex_);
    return std::forward<F>(use)(value_);
  }
  template <class F>
  auto with(F&& use) const {
    std::lock_guard lock(mutex_);
    return std::forward<F>(use)(value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

}  // namespace plumb
