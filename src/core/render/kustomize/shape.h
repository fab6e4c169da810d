// The fields of a kustomization and of what stands in it, with their types: strict, as kustomize
// v5.8.1 decodes it (api v0.21.1, types; encoding/json with DisallowUnknownFields). Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "lang/value/value.h"

namespace plumb::rendering::kustomize {

// Makes an error about the field at a path of keys and indexes.
using FieldError =
    std::function<Error(const std::vector<std::string>& path, const std::string& what)>;

// The map with its fields under their right names (case counts for nothing there), or the first
// field that is unknown or of another type.
[[nodiscard]] Result<Value> checked_kustomization(const Value& value, const FieldError& error);
// A file of `configurations`, likewise.
[[nodiscard]] Result<Value> checked_configuration(const Value& value, const FieldError& error);

}  // namespace plumb::rendering::kustomize
