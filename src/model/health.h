// Health: does an object do what its spec says? The words are kstatus' (kubernetes-sigs/cli-utils
// pkg/kstatus).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/object.h"

namespace plumb {

enum class HealthStatus : uint8_t {
  current,      // fully reconciled
  in_progress,  // on its way
  failed,       // will not get there without a change
  terminating,  // deletion has begun
  missing,      // not in the cluster
  unknown,      // not observed yet
};
[[nodiscard]] const char* to_string(
    HealthStatus status);  // kstatus' words: "Current", "InProgress", …

struct Health {
  HealthStatus status = HealthStatus::unknown;
  std::string message;  // why not current; names the field, pod or condition
  friend bool operator==(const Health&, const Health&) = default;
};

struct ObjectHealth {
  ObjectKey key;
  Health health;
  Position position = {};  // where it is written
};

// The health of one app: every object, and the worst of them.
struct HealthReport {
  HealthStatus overall = HealthStatus::current;
  std::vector<ObjectHealth> objects;  // those that are not current come first
};

}  // namespace plumb
