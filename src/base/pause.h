// pause: a wait that a stop_token ends.
#pragma once

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

}  // namespace plumb
