// assess: the health of one object by what its own status says, after kstatus (kubernetes-sigs/cli-utils v0.37
// pkg/kstatus/status): observedGeneration first, then rules per built-in kind, then the conditions Reconciling, Stalled
// and Ready for everything else. Pure; messages name what is missing.
#pragma once

#include <vector>

#include "lang/value/value.h"
#include "model/health.h"

namespace plumb {

[[nodiscard]] Health assess(const Value& object);

// The worst of all; objects that are not current come first.
[[nodiscard]] HealthReport summarise_health(std::vector<ObjectHealth> objects);

}  // namespace plumb
