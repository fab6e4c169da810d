// What a change of manifests may do that people do not expect of an edit: fields that the API
// server does not let change, data and contents that go with an object. Pure.
//
// Immutable fields: the ValidateUpdate functions and the x-kubernetes-validations of Kubernetes
// 1.36. Custom resources are judged by the server alone: their rules are not known here.
#pragma once

#include <string>
#include <vector>

#include "core/diff/field_diff.h"
#include "model/manifests.h"

namespace plumb {

struct Risk {
  std::string reason;   // a stable word: "ImmutableField", "DeletesData", …
  std::string message;  // one sentence
  Position position;
};

// `changes` are the fields in which the two differ.
[[nodiscard]] std::vector<Risk> risks_of_change(const Manifest& before, const Manifest& after,
                                                const std::vector<FieldChange>& changes);
[[nodiscard]] std::vector<Risk> risks_of_deletion(const Manifest& manifest);

}  // namespace plumb
