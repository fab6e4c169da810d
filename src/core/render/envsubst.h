// ${VARIABLE} in texts, with the functions of shells: defaults (:= :- =), lengths, cases,
// substrings, removal of prefixes and suffixes, replacement; "$${" is "${". Behaviour of Flux's
// postBuild: fluxcd/pkg/envsubst v1.9.0 and kustomize v1.44.0 (a variable that is missing is empty,
// or in strict mode an error, where it has no default). Cases change ASCII letters only.
//
// Values may be secret: no error tells one. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/budget.h"
#include "base/result.h"
#include "lang/value/value.h"
#include "model/substitution.h"

namespace plumb::rendering {

inline constexpr ErrorCode kBadSubstitution{230, "SubstitutionInvalid"};
inline constexpr ErrorCode kVariableNotSet{231, "VariableNotSet"};

[[nodiscard]] Result<std::string> expand_variables(std::string_view text,
                                                   const Substitution& substitution,
                                                   Budget& budget);

// In all texts, keys and values of an object, by way of its YAML: so a value can become a number, a
// list or a map. Objects with the label or annotation kustomize.toolkit.fluxcd.io/substitute:
// disabled stay as they are, as do all where there are no variables.
[[nodiscard]] Result<Value> substitute(const Value& object, const Substitution& substitution,
                                       Budget& budget);

}  // namespace plumb::rendering
