// prune_waves: what to do with the inventory's objects that left the source. Pure.
#pragma once

#include <vector>

#include "core/plan/plan.h"

namespace plumb {

[[nodiscard]] std::vector<Wave> prune_waves(const PlanInput& input);

}  // namespace plumb
