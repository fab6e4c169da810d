// Strategic merge of a patch into an object, as kustomize does it: kyaml v0.21.1 merge2 with what
// patches put before (MergeOptionsListPrepend), which is not kubectl's: lists that the schema
// merges are merged by key and the patch's elements come first, all other lists are replaced; null
// deletes; the directives are `$patch: replace | delete | merge` of maps, elements and lists.
// ($setElementOrder, $deleteFromPrimitiveList and $retainKeys are none there: fields like others.)
// Where the original is odd (elements without their key, ports without a protocol, `$patch:
// replace` of an element) this is odd in the same way. Pure.
#pragma once

#include <optional>

#include "base/budget.h"
#include "base/result.h"
#include "core/render/kustomize/tables/schema.h"
#include "lang/value/value.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kPatchShape{1030, "PatchDoesNotFit"};

// nullopt: the patch deletes the object.
[[nodiscard]] Result<std::optional<Value>> strategic_merge(Value object, Value patch,
                                                           const SchemaDocument& schema,
                                                           Budget& budget);

}  // namespace plumb::rendering::kustomize
