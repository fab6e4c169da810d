// JSON patches (RFC 6902) as kustomize applies them: evanphx/json-patch v4.13, which is looser than
// the RFC. `replace` makes a key that is missing, an index may count from the end (-1), a path
// needs no leading slash, and `copy` of a key that is missing gives null. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "lang/value/value.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kBadJsonPatch{1033, "JsonPatchInvalid"};
inline constexpr ErrorCode kJsonPatchFails{1034, "JsonPatchDoesNotApply"};

class JsonPatch {
 public:
  // A list of operations, as JSON if it begins with "[", else as YAML, of which the first document
  // counts.
  [[nodiscard]] static Result<JsonPatch> parse(std::string_view text, const std::string& file,
                                               Budget& budget);

  [[nodiscard]] bool empty() const { return operations_.empty(); }

  // The object is not changed by half: an error leaves nothing behind.
  [[nodiscard]] Result<Value> apply(Value object, Budget& budget) const;

 private:
  JsonPatch() = default;

  List operations_;
};

}  // namespace plumb::rendering::kustomize
