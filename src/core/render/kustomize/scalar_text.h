// Scalars as kyaml's nodes hold them: a text, and how it was written. Pure.
#pragma once

#include <string>
#include <string_view>

#include "core/render/kustomize/resource.h"
#include "lang/value/value.h"

namespace plumb::rendering::kustomize {

[[nodiscard]] inline bool is_scalar(const Value& value) {
  return !value.is_map() && !value.is_list();
}

// The value that a bare text is in a YAML file: "8080" is a number.
[[nodiscard]] Value plain_scalar(std::string_view text);

// A text that is in quotes when it is written anew, in kyaml's style.
[[nodiscard]] bool needs_quotes(const std::string& text);

// Whether YAML 1.1 reads something else than a text there: "yes", "a: b".
[[nodiscard]] bool reads_otherwise(const std::string& text);

}  // namespace plumb::rendering::kustomize
