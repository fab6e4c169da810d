// How an inventory changes in a turn. Pure.
#pragma once

#include "model/applied.h"
#include "model/inventory.h"
#include "model/plan.h"

namespace plumb {

// before, and every object the plan may create: written before anything is touched. Never loses an
// entry.
[[nodiscard]] Inventory write_ahead(const Inventory& before, const Plan& plan);
// recorded with the records of what was applied, minus what is confirmed gone or was released.
// Nothing else leaves.
[[nodiscard]] Inventory advance(const Inventory& recorded, const Applied& applied);

}  // namespace plumb
