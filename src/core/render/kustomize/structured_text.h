// Fields inside a text: a value of a ConfigMap that is JSON or YAML itself. The text is written
// anew with the change in it: JSON as Go's encoding/json writes it, YAML as kyaml does. Behaviour
// of kustomize api v0.21.1 (filters/replacement). Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/budget.h"
#include "core/render/kustomize/field_path.h"

namespace plumb::rendering::kustomize {

using PutValue = std::function<Result<void>(Value& field, bool is_new)>;

// False: the path does not lead into a text, or not to a field in it; nothing was changed.
[[nodiscard]] Result<bool> change_in_text(Value& object, const std::vector<std::string>& path,
                                          Make make, const PutValue& put, Budget& budget);

}  // namespace plumb::rendering::kustomize
