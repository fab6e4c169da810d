#include "base/packed_text.h"

#include "base/check.h"

namespace plumb {

void append_text(std::string& packed, std::string_view text) {
  size_t size = text.size();
  for (; size >= 0x80; size >>= 7) packed += static_cast<char>(size | 0x80);
  packed += static_cast<char>(size);
  packed += text;
}

std::string_view text_at(std::string_view packed, size_t at) {
  size_t size = 0;
  for (int shift = 0;; shift += 7) {
    CHECK(at < packed.size());
    const auto byte = static_cast<unsigned char>(packed[at++]);
    size |= static_cast<size_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) break;
  }
  CHECK(size <= packed.size() - at);
  return packed.substr(at, size);
}

}  // namespace plumb
