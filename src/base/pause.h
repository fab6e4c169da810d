// pause: a wait that a stop_token ends; growing_pause: how long to wait after failures.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "base/clock.h"

namespace plumb {

// False when it was told to stop.
[[nodiscard]] inline bool pause(const std::stop_token& stop, Duration how_long) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, how_long, [] { return false; });
  return !stop.stop_requested();
}

// Before the next try after so many failures in a row: twice as long each time, up to `last`.
[[nodiscard]] inline Duration growing_pause(Duration first, int failures, Duration last) {
  Duration out = first;
  for (int i = 1; i < failures && out < last; ++i) out *= 2;
  return std::min(out, last);
}

}  // namespace plumb
