// immutable_by: whether the API server refuses a change of a field, for built-in kinds. Pure.
#pragma once

#include <string>

#include "core/diff/field_diff.h"
#include "model/manifests.h"

namespace plumb {

[[nodiscard]] bool is_immutable(const Manifest& before, const Manifest& after,
                                const FieldChange& change);
// "PersistentVolumeClaim prod/data asks for 5Gi instead of 10Gi": a claim cannot shrink.
[[nodiscard]] bool shrinks_storage(const Manifest& before, const Manifest& after);

}  // namespace plumb
