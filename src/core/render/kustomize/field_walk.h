// Fields of an object by kustomize's field paths ("spec/template/metadata/labels"): goes through
// maps and into every element of lists, makes what is missing where asked to, and hands each field
// it arrives at to a function. Behaviour of kustomize api v0.21.1 (filters/fieldspec). Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/render/kustomize/resource.h"
#include "core/render/kustomize/tables/field_specs.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kFieldShape{1006, "KustomizeFieldShape"};

enum class Create { nothing, scalar, map };
using ChangeField = std::function<Result<void>(Value& field)>;

// Parts of a path; "\/" is a slash inside a part.
[[nodiscard]] std::vector<std::string> split_path(std::string_view path);

// Nothing happens where the kind of the object is not that of the spec.
[[nodiscard]] Result<void> change_fields(Resource& resource, const FieldSpec& spec, Create create,
                                         const ChangeField& change);

[[nodiscard]] Error field_shape(const Resource& resource, std::string_view path,
                                const std::string& what);

}  // namespace plumb::rendering::kustomize
