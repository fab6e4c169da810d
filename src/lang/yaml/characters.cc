#include "lang/yaml/characters.h"

#include <cstdint>

namespace plumb::yaml {

size_t width(char lead) {
  const auto byte = static_cast<uint8_t>(lead);
  return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

bool is_break(std::string_view text, size_t i) {
  const char c = text[i];
  if (c == '\n' || c == '\r') return true;
  const std::string_view rest = text.substr(i, 3);
  return rest.starts_with("\xC2\x85") || rest == "\xE2\x80\xA8" || rest == "\xE2\x80\xA9";
}

bool is_printable(std::string_view text, size_t i) {
  const auto byte = [&](size_t k) { return static_cast<uint8_t>(text[i + k]); };
  if (byte(0) < 0x80) return byte(0) == '\n' || (byte(0) >= 0x20 && byte(0) <= 0x7E);
  if (byte(0) == 0xC2) return byte(1) >= 0xA0;
  if (byte(0) < 0xED) return true;
  if (byte(0) == 0xED) return byte(1) < 0xA0;
  if (byte(0) == 0xEE) return true;
  if (byte(0) > 0xEF) return false;
  const bool mark = byte(1) == 0xBB && byte(2) == 0xBF;
  const bool none = byte(1) == 0xBF && (byte(2) == 0xBE || byte(2) == 0xBF);
  return !mark && !none;
}

}  // namespace plumb::yaml
