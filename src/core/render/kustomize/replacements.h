// Replacements: the value of one field is written to others. Behaviour of kustomize api v0.21.1
// (filters/replacement), with its reach into texts that are JSON or YAML. Not thread safe.
#pragma once

#include <vector>

#include "core/render/kustomize/resource.h"
#include "core/render/kustomize/selector.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kBadReplacement{1038, "ReplacementInvalid"};

// An entry of `replacements`: a map with source or sourceValue, and targets. `where`: it is
// written.
[[nodiscard]] Result<void> replace_fields(Resources& resources, const Value& replacement,
                                          const Position& where, Budget& budget);

// Whether each field still has a text that does not fit its type; for when the object is written.
[[nodiscard]] Result<void> check_unfit(const Resource& resource);

}  // namespace plumb::rendering::kustomize
