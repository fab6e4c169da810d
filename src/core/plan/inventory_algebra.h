// How an inventory changes in a turn. Pure.
#pragma once

#include "model/applied.h"
#include "model/inventory.h"
#include "model/plan.h"

namespace plumb {

inline constexpr ErrorCode kTargetChanged{610, "TargetChanged"};

// The inventory for a turn in the cluster `here`. What is in another cluster is not touched, not
// even by its name: kTargetChanged until a person confirms this cluster, which leaves the objects
// of the other one where they are.
[[nodiscard]] Result<Inventory> inventory_in(const ClusterId& here, Inventory before,
                                             const std::string& confirmed);
// What a person writes to confirm it: its uid, or "own".
[[nodiscard]] std::string confirmation_of(const ClusterId& cluster);

// before, and every object the plan may create: written before anything is touched. Never loses an
// entry.
[[nodiscard]] Inventory write_ahead(const Inventory& before, const Plan& plan);
// recorded with the records of what was applied, minus what is confirmed gone or was released.
// Nothing else leaves.
[[nodiscard]] Inventory advance(const Inventory& recorded, const Applied& applied);

}  // namespace plumb
