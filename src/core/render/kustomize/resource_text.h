// The objects of a text, as kustomize reads its resources and patches: documents between "---",
// lists (kind: List, *List with items) taken apart, empty documents left out, each with a kind and
// a name. Behaviour of kustomize api v0.21.1 (resource.Factory) and kyaml v0.21.1 (kio). Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/budget.h"
#include "core/render/kustomize/resource.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kBadResource{1014, "KustomizeResourceInvalid"};

enum class Purpose { resource, patch };

// Annotations that are bare numbers, booleans, dates or nulls are the texts that were written, as
// they are there in the end; in a patch, a null is one.
[[nodiscard]] Result<Resources> read_resources(std::string_view text, const std::string& file,
                                               const Schemas& schemas, Budget& budget,
                                               Purpose purpose = Purpose::resource);

}  // namespace plumb::rendering::kustomize
