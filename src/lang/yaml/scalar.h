// Scalars and their tags: the value, or the text as a map key. Internal to lang/yaml; pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "lang/value/value.h"

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
[[nodiscard]] Result<Value> scalar_value(const Scalar& scalar);
// Numbers and booleans as sigs.k8s.io/yaml turns them into text; null cannot be a key.
[[nodiscard]] Result<std::string> scalar_key(const Scalar& scalar);

[[nodiscard]] Error unsupported_tag(std::string_view tag);

}  // namespace plumb::yaml
