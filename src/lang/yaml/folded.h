// Folded text (">") that goes through go.yaml.in/yaml v3.0.4 once more, as all of an object does in
// kustomize. Its emitter (yaml_emitter_write_folded_scalar) asks about the beginning of the text
// where a line break is meant, so that lines are added, and of a text that begins with a blank,
// joined. Pure.
#pragma once

#include <string>
#include <string_view>

#include "lang/value/value.h"

namespace plumb::yaml {

// Whether it is written as a block at all; otherwise it is in quotes, which loses nothing.
[[nodiscard]] bool fits_block(std::string_view text);
// What the text is when it has been written as a folded scalar and read again.
[[nodiscard]] std::string rewritten_folded(std::string_view text);
// The value with that for each text that is folded, or with the text as it is; none is folded any
// more.
[[nodiscard]] Value rewritten(const Value& value);
[[nodiscard]] Value unfolded(const Value& value);

}  // namespace plumb::yaml
