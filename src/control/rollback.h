// order_rollback: the one thing that the operator does for spec.rollback.onUnhealthy: it makes the
// Job of core/status/rollback, as the app's ServiceAccount where it has one. It holds no
// credential to push and no code that could.
#pragma once

#include <optional>

#include "control/world.h"
#include "model/status.h"

namespace plumb {

// After the fold of a turn. Notes in the status what was ordered, so that it is ordered once; the
// Event to record, if any. An error is logged: to be tried again.
[[nodiscard]] Result<std::optional<Notice>> order_rollback(World& world, const AppEntry& app,
                                                           AppStatus& status, const Log& log);

}  // namespace plumb
