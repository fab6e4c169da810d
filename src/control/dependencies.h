// dependsOn: an app's turn goes on when each app it depends on is Ready at the revision that its
// own repository is at now: Ready once, at an earlier commit, is not enough. Nothing polls: an app
// that becomes Ready wakes those that depend on it. On deletion the order is reversed. Reads the
// registry only; thread safe.
#pragma once

#include <optional>
#include <vector>

#include "control/registry.h"

namespace plumb {

inline constexpr ErrorCode kDependencyNotReady{742, "DependencyNotReady"};
inline constexpr ErrorCode kDependencyCycle{743, "DependencyCycle"};
inline constexpr ErrorCode kDependentsLeft{744, "DependentsNotDeleted"};

struct Dependencies {
  bool met = true;
  // Why the app cannot go on. Not set while a dependency has its own turn at the newest commit
  // still before it: that is nothing to tell anybody.
  std::optional<Error> unmet;
};
[[nodiscard]] Dependencies dependencies_of(const Registry& registry, const AppEntry& app);
// Why an app that is being deleted has to wait: apps that depend on it are being deleted too.
[[nodiscard]] std::optional<Error> dependents_left(const Registry& registry, const AppEntry& app);

}  // namespace plumb
