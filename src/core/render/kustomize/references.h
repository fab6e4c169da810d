// After objects were renamed or placed, the fields of other objects that name them follow.
// Behaviour of kustomize api v0.21.1 (internal/accumulator, filters/nameref). Not thread safe.
#pragma once

#include "base/budget.h"
#include "core/render/kustomize/config.h"
#include "core/render/kustomize/resource.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kAmbiguousReference{1017, "KustomizeAmbiguousReference"};

[[nodiscard]] Result<void> fix_references(Resources& resources,
                                          const std::vector<BackReferences>& references,
                                          Budget& budget);

}  // namespace plumb::rendering::kustomize
