#include "lang/yaml/input.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "base/text.h"
#include "lang/yaml/yaml.h"

namespace plumb::yaml {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighs = 0x8080808080808080;

// Zero if all eight bytes are printable ASCII other than DEL.
uint64_t unusual_bytes(uint64_t word) {
  const uint64_t del = word ^ (kOnes * 0x7F);
  return ((word - kOnes * 0x20) | (del - kOnes) | word) & kHighs;
}

bool is_continuation(char c) {
  return (static_cast<uint8_t>(c) & 0xC0) == 0x80;
}

// Length of a line break at text[at]: \n, \r, \r\n and the Unicode ones that YAML 1.1 knows (NEL,
// LS, PS).
size_t break_length(std::string_view text, size_t at) {
  switch (text[at]) {
    case '\n':
      return 1;
    case '\r':
      return text.substr(at).starts_with("\r\n") ? 2 : 1;
    case '\xC2':
      return text.substr(at).starts_with("\xC2\x85") ? 2 : 0;
    case '\xE2':
      return text.substr(at).starts_with("\xE2\x80\xA8") ||
                     text.substr(at).starts_with("\xE2\x80\xA9")
                 ? 3
                 : 0;
    default:
      return 0;
  }
}

Position position_of(std::string_view text, size_t offset, const std::string& file) {
  Position position{file, 1, 1};
  for (size_t i = 0; i < offset;) {
    if (const size_t size = break_length(text, i); size > 0) {
      ++position.line;
      position.column = 1;
      i += size;
      continue;
    }
    ++i;
    if (i == text.size() || !is_continuation(text[i])) ++position.column;
  }
  return position;
}

Error bad_character(std::string_view text, size_t offset, uint32_t point, const std::string& file) {
  std::array<char, 64> message{};
  std::snprintf(message.data(), message.size(), "character U+%04X is not allowed in YAML", point);
  Error error = Error(kBadEncoding, message.data()).at(position_of(text, offset, file));
  if (point == 0) {
    return error.with_help(
        "if the file is UTF-16, save it as UTF-8; binary data belongs in base64");
  }
  return error.with_help("remove it, or write it as an escape in double quotes");
}

Error bad_byte(std::string_view bytes, size_t offset, const std::string& file) {
  std::array<char, 64> message{};
  std::snprintf(message.data(), message.size(), "byte 0x%02X at offset %zu is not UTF-8",
                static_cast<unsigned>(static_cast<uint8_t>(bytes[offset])), offset);
  return Error(kBadEncoding, message.data())
      .at(position_of(bytes, offset, file))
      .with_help("save the file as UTF-8; binary data belongs in base64");
}

// The code point of a valid sequence of two or three bytes; longer ones are all allowed and yield
// 0x10000.
uint32_t code_point(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<uint8_t>(text[at + i]));
  };
  if (byte(0) >= 0xF0) return 0x10000;
  if (byte(0) >= 0xE0) return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
  return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
}

bool is_allowed(uint32_t point) {
  if (point < 0x20) return point == '\t' || point == '\n' || point == '\r';
  if (point < 0xA0) return point < 0x7F || point == 0x85;
  return point != 0xFEFF && point != 0xFFFE && point != 0xFFFF;
}

// Checks the run of bytes above 0x7F that begins at `from`; the result is its end.
Result<size_t> check_run(std::string_view text, size_t from, const std::string& file) {
  size_t end = from;
  while (end < text.size() && static_cast<uint8_t>(text[end]) >= 0x80) ++end;
  const size_t bad = find_invalid_utf8(text.substr(from, end - from));
  if (bad != std::string_view::npos) return bad_byte(text, from + bad, file);
  for (size_t i = from; i < end; ++i) {
    if (is_continuation(text[i])) continue;
    const uint32_t point = code_point(text, i);
    if (!is_allowed(point)) return bad_character(text, i, point, file);
  }
  return end;
}

Result<void> check_text(std::string_view text, const std::string& file) {
  size_t i = 0;
  while (i < text.size()) {
    while (text.size() - i >= 8) {
      uint64_t word;
      std::memcpy(&word, text.data() + i, sizeof word);
      if (unusual_bytes(word) != 0) break;
      i += 8;
    }
    if (i == text.size()) break;
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte >= 0x80) {
      i = TRY(check_run(text, i, file));
    } else if (is_allowed(byte)) {
      ++i;
    } else {
      return bad_character(text, i, byte, file);
    }
  }
  return {};
}

void append_utf8(std::string& out, uint32_t point) {
  const auto put = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | point >> 6);
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3F));
    put(0x80 | (point >> 6 & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

// `bytes` without the byte-order mark.
Result<std::string> from_utf16(std::string_view bytes, bool big_endian, const std::string& file) {
  const auto unit = [&](size_t i) {
    const auto first = static_cast<uint8_t>(bytes[i]);
    const auto second = static_cast<uint8_t>(bytes[i + 1]);
    return static_cast<uint32_t>(big_endian ? first << 8 | second : second << 8 | first);
  };
  std::string out;
  out.reserve(bytes.size());
  for (size_t i = 0; i < bytes.size(); i += 2) {
    const bool whole = i + 1 < bytes.size();
    uint32_t point = whole ? unit(i) : 0;
    if (whole && point >= 0xD800 && point < 0xDC00 && i + 3 < bytes.size()) {
      const uint32_t low = unit(i + 2);
      if (low >= 0xDC00 && low < 0xE000) {
        point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
        i += 2;
      }
    }
    if (!whole || (point >= 0xD800 && point < 0xE000)) {
      return Error(kBadEncoding, "invalid UTF-16 at offset " + std::to_string(i + 2))
          .at({file, position_of(out, out.size(), file).line, 0})
          .with_help("save the file as UTF-8");
    }
    append_utf8(out, point);
  }
  return out;
}

}  // namespace

Result<Input> Input::decode(std::string_view bytes, const std::string& file) {
  Input input;
  if (bytes.starts_with(kUtf8Mark)) bytes.remove_prefix(kUtf8Mark.size());
  const bool little = bytes.starts_with("\xFF\xFE");
  if (little || bytes.starts_with("\xFE\xFF")) {
    input.converted_ = TRY(from_utf16(bytes.substr(2), !little, file));
  } else {
    input.borrowed_ = bytes;
  }
  TRY(check_text(input.text(), file));
  return input;
}

std::string_view line_of_text(std::string_view text, int line) {
  size_t begin = 0;
  int at = 1;
  for (size_t i = 0; i < text.size();) {
    const size_t size = break_length(text, i);
    if (size == 0) {
      ++i;
      continue;
    }
    if (at == line) return text.substr(begin, i - begin);
    i += size;
    begin = i;
    ++at;
  }
  return at == line ? text.substr(begin) : std::string_view();
}

std::string_view from_column(std::string_view line, int column) {
  size_t i = 0;
  for (int at = 1; at < column && i < line.size(); ++at) {
    ++i;
    while (i < line.size() && is_continuation(line[i])) ++i;
  }
  return line.substr(i);
}

}  // namespace plumb::yaml
