#include "base/packed_text.h"

#include <charconv>

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

void append_number(std::string& packed, int64_t number) {
  append_text(packed, std::to_string(number));
}

std::string_view PackedReader::text() {
  const std::string_view found = text_at(left_, 0);
  left_.remove_prefix(static_cast<size_t>(found.data() - left_.data()) + found.size());
  return found;
}

int64_t PackedReader::number() {
  const std::string_view digits = text();
  int64_t out = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  CHECK(error == std::errc() && end == digits.data() + digits.size());
  return out;
}

std::string_view PackedReader::raw(size_t count) {
  CHECK(count <= left_.size());
  const std::string_view out = left_.substr(0, count);
  left_.remove_prefix(count);
  return out;
}

}  // namespace plumb
