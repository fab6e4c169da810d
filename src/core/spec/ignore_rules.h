// spec.ignore and spec.ignoreDifferences of an App, decoded to the same rules.
//
// spec.ignore is that of Flux's kustomize-controller v1.9: paths are JSON pointers, the parts of
// target regular expressions for the whole text. spec.ignoreDifferences is that of Argo CD v3:
// group and kind are globs, name and namespace exact, and managedFieldsManagers leaves alone what
// these managers own. jqPathExpressions is refused: a program in a resource has no place here.
#pragma once

#include <vector>

#include "core/spec/spec_fields.h"
#include "model/ignore.h"

namespace plumb {

[[nodiscard]] std::vector<IgnoreRule> decode_ignore_rules(SpecFields& spec,
                                                          std::vector<Error>& errors);

}  // namespace plumb
