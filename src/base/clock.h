// Clock and Deadline. Time is injected: product code never asks the system for it directly, so that
// tests decide. Durations and deadlines use the monotonic clock; the wall clock is only for people
// (conditions, logs).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace plumb {

using Monotonic = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using Duration = std::chrono::nanoseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Monotonic now() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
};

// The system's clocks; stateless, thread safe.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Monotonic now() const override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] WallTime wall() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now());
  }
};

// A clock that stands still until told otherwise. For tests; not thread safe.
class ManualClock final : public Clock {
 public:
  [[nodiscard]] Monotonic now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override { return wall_; }
  void advance(Duration by) {
    now_ += std::chrono::duration_cast<Monotonic::duration>(by);
    wall_ += std::chrono::duration_cast<std::chrono::milliseconds>(by);
  }

 private:
  Monotonic now_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::hours(24 * 365 * 50)};
};

// A point in monotonic time by which a blocking call must return.
struct Deadline {
  Monotonic at = Monotonic::max();

  [[nodiscard]] static Deadline in(Duration from_now) {
    return {std::chrono::steady_clock::now() +
            std::chrono::duration_cast<Monotonic::duration>(from_now)};
  }
  [[nodiscard]] static Deadline never() { return {}; }
  [[nodiscard]] bool passed() const { return std::chrono::steady_clock::now() >= at; }
  // Never negative; a day for `never`.
  [[nodiscard]] std::chrono::milliseconds remaining() const;
};

// "2026-11-23T09:38:50Z", the form of Kubernetes' metav1.Time.
[[nodiscard]] std::string format_rfc3339(WallTime time);
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

// Go's duration syntax as Kubernetes' CRDs use it: "1h30m", "5m", "1.5s", "100ms".
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);
[[nodiscard]] std::string format_duration(Duration duration);  // Go's String(): "1m30s"
// "12s", "3m", "4h", "2d": the AGE column of kubectl.
[[nodiscard]] std::string format_age(Duration duration);

}  // namespace plumb
