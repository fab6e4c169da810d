// Texts that this process keeps, in fewer bytes: raw deflate (RFC 1951, by zlib) without a header,
// for the memory of this process is not checked. A dictionary of what such texts are full of, the
// most frequent last, helps short ones. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace plumb {

[[nodiscard]] std::string deflated(std::string_view text, std::string_view dictionary = {});

// `size` is that of the text. Made for what deflated wrote with this dictionary: anything else ends
// the process.
[[nodiscard]] std::string inflated(std::string_view packed, size_t size,
                                   std::string_view dictionary = {});

}  // namespace plumb
