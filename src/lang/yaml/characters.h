// Characters as libyaml's emitter sees them. `i` is where one begins. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace plumb::yaml {

[[nodiscard]] size_t width(char lead);  // bytes of the character that begins so
[[nodiscard]] bool is_break(std::string_view text, size_t i);
// What may stand unescaped. Characters beyond the basic plane do not, in go-yaml.
[[nodiscard]] bool is_printable(std::string_view text, size_t i);

}  // namespace plumb::yaml
