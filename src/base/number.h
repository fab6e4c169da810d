// Whole numbers in text, as Go's strconv.ParseInt reads them in base 10: an optional sign, then
// digits, nothing else. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace plumb {

[[nodiscard]] std::optional<int64_t> parse_int64(std::string_view text);

}  // namespace plumb
