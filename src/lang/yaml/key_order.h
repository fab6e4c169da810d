// The order in which go-yaml writes the keys of a map: runs of digits by their number, other
// characters before letters, the rest by code point ("a2" < "a10" < "ab"). Internal to lang/yaml;
// pure.
#pragma once

#include <string_view>

namespace plumb::yaml {

[[nodiscard]] bool key_before(std::string_view a, std::string_view b);

}  // namespace plumb::yaml
