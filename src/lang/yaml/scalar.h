// Scalars and their tags: the value, or the text as a map key. Internal to lang/yaml; pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "lang/value/value.h"
#include "lang/yaml/yaml.h"

namespace plumb::yaml {

struct Scalar {
  std::string_view text;
  std::string_view tag;  // "" if none; long form
  bool plain;            // neither quotes nor a tag

  [[nodiscard]] bool is_merge_key() const {
    return text == "<<" && (plain || tag == "tag:yaml.org,2002:merge");
  }
};

// The errors of both have no position.
[[nodiscard]] Result<Value> scalar_value(const Scalar& scalar, Dialect dialect);
// Numbers and booleans as sigs.k8s.io/yaml turns them into text; null cannot be a key. In
// kustomize's dialect all keys are text.
[[nodiscard]] Result<std::string> scalar_key(const Scalar& scalar, Dialect dialect);

[[nodiscard]] Error unsupported_tag(std::string_view tag);

}  // namespace plumb::yaml
