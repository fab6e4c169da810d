// prune_waves: what to do with the inventory's objects that left the source. Pure.
#pragma once

#include <vector>

#include "core/plan/plan.h"

namespace plumb {

[[nodiscard]] std::vector<Wave> prune_waves(const PlanInput& input);

// What is not deleted before a person confirms it: kinds that take other things with them, and
// prunes of very much at once.
[[nodiscard]] bool is_prune_protected(const GroupKind& kind);
[[nodiscard]] bool exceeds_prune_budget(size_t deletions, size_t objects_of_the_app);

}  // namespace plumb
