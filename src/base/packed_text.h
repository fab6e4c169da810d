// Packed text: texts one behind the other in one string, each after its length: seven bits in each
// byte, the lowest first; all but the last byte have the eighth bit. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace plumb {

void append_text(std::string& packed, std::string_view text);

// The text whose length begins there; what follows begins at its end. Made for what append_text
// wrote: anything else ends the process.
[[nodiscard]] std::string_view text_at(std::string_view packed, size_t at);

}  // namespace plumb
