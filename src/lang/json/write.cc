#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/text.h"
#include "lang/json/json.h"

namespace plumb::json {
namespace {

constexpr size_t kIndent = 4;
constexpr double kExactIntegers =
    9007199254740992;  // 2^53: below it the shortest form is the exact one

// Bytes that cannot stand as they are in a JSON string: 1 = escape, 2 = look at the whole sequence.
constexpr std::array<uint8_t, 256> make_classes() {
  std::array<uint8_t, 256> classes{};
  for (size_t i = 0; i < 0x20; ++i) classes[i] = 1;
  classes['"'] = 1;
  classes['\\'] = 1;
  for (size_t i = 0x80; i < 256; ++i) classes[i] = 2;
  return classes;
}
constexpr std::array<uint8_t, 256> kClasses = make_classes();

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  static constexpr char kDigits[] = "0123456789abcdef";
  out += "\\u00";
  out += kDigits[static_cast<uint8_t>(c) >> 4];
  out += kDigits[static_cast<uint8_t>(c) & 15];
}

// Appends a run of bytes above 0x7F.
void append_beyond_ascii(std::string& out, std::string_view run) {
  while (!run.empty()) {
    const size_t bad = find_invalid_utf8(run);
    std::string_view good = run.substr(0, bad);
    for (size_t at = good.find("\xE2\x80"); at != std::string_view::npos;
         at = good.find("\xE2\x80", at)) {
      const char last = good[at + 2];
      if (last == '\xA8' || last == '\xA9') {
        out.append(good, 0, at);
        out += last == '\xA8' ? "\\u2028" : "\\u2029";
        good.remove_prefix(at + 3);
        at = 0;
      } else {
        at += 3;
      }
    }
    out.append(good);
    if (bad == std::string_view::npos) return;
    out += "\\ufffd";
    run.remove_prefix(bad + 1);
  }
}

void append_scalar(std::string& out, const Value& value) {
  switch (value.type()) {
    case Value::Type::null:
      out += "null";
      return;
    case Value::Type::boolean:
      out += *value.as_bool() ? "true" : "false";
      return;
    case Value::Type::integer: {
      std::array<char, 24> text;
      const auto end = std::to_chars(text.data(), text.data() + text.size(), *value.as_integer());
      out.append(text.data(), end.ptr);
      return;
    }
    case Value::Type::number:
      append_number(out, *value.as_number());
      return;
    case Value::Type::string:
      append_string(out, *value.as_string());
      return;
    case Value::Type::list:
    case Value::Type::map:
      return;
  }
}

class Writer {
 public:
  Writer(std::string& out, bool pretty) : out_(out), pretty_(pretty) {}

  void write(const Value& value) {
    put(value);
    while (!frames_.empty()) {
      Frame& top = frames_.back();
      if (top.next == top.size) {
        const bool is_map = top.map != nullptr;
        frames_.pop_back();
        new_line();
        out_ += is_map ? '}' : ']';
        continue;
      }
      if (top.next > 0) out_ += ',';
      new_line();
      const size_t index = top.next++;
      if (top.list != nullptr) {
        put((*top.list)[index]);
        continue;
      }
      const Member& member = *(top.map->begin() + static_cast<ptrdiff_t>(index));
      append_string(out_, member.key);
      out_ += pretty_ ? ": " : ":";
      put(member.value);
    }
  }

 private:
  struct Frame {
    const List* list;
    const Map* map;
    size_t size;
    size_t next = 0;
  };

  // Writes a scalar or an empty container; opens any other.
  void put(const Value& value) {
    const List* const list = value.as_list();
    const Map* const map = value.as_map();
    if (list == nullptr && map == nullptr) {
      append_scalar(out_, value);
    } else if (list != nullptr ? list->empty() : map->empty()) {
      out_ += list != nullptr ? "[]" : "{}";
    } else {
      out_ += list != nullptr ? '[' : '{';
      frames_.push_back({list, map, list != nullptr ? list->size() : map->size()});
    }
  }

  void new_line() {
    if (!pretty_) return;
    out_ += '\n';
    out_.append(frames_.size() * kIndent, ' ');
  }

  std::string& out_;
  const bool pretty_;
  std::vector<Frame> frames_;
};

}  // namespace

void append_number(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  const double magnitude = std::fabs(number);
  std::array<char, 40> text{};  // zeros end the text for atoi
  const auto shortest = [&](std::chars_format format) {
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number, format);
    return std::string_view(text.data(), static_cast<size_t>(end.ptr - text.data()));
  };
  if (magnitude == 0 || (magnitude >= 1e-6 && magnitude < kExactIntegers)) {
    out.append(shortest(std::chars_format::fixed));
    return;
  }
  std::string_view digits = shortest(std::chars_format::scientific);
  if (magnitude < 1e-6 || magnitude >= 1e21) {
    // C++ writes e-09 where Go's JSON writes e-9 (but e+21 for both).
    const bool padded = digits.substr(digits.size() - 3).starts_with("-0");
    out.append(digits, 0, digits.size() - (padded ? 2 : 0));
    if (padded) out += digits.back();
    return;
  }
  // The fixed form of C++ would print digits beyond the shortest ones; Go pads with zeros.
  const size_t e = digits.find('e');
  const auto exponent = static_cast<size_t>(std::atoi(digits.data() + e + 2));
  size_t written = 0;
  for (char c : digits.substr(0, e)) {
    if (c != '.') out += c;
    if (c >= '0' && c <= '9') ++written;
  }
  out.append(exponent + 1 - written, '0');
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  size_t run = 0;
  size_t i = 0;
  while (i < text.size()) {
    const uint8_t kind = kClasses[static_cast<uint8_t>(text[i])];
    if (kind == 0) {
      ++i;
      continue;
    }
    out.append(text, run, i - run);
    if (kind == 1) {
      append_escape(out, text[i++]);
    } else {
      const size_t first = i;
      while (i < text.size() && static_cast<uint8_t>(text[i]) >= 0x80) ++i;
      append_beyond_ascii(out, text.substr(first, i - first));
    }
    run = i;
  }
  out.append(text, run);
  out += '"';
}

void append(std::string& out, const Value& value) {
  Writer(out, false).write(value);
}

std::string write(const Value& value) {
  std::string out;
  append(out, value);
  return out;
}

std::string write_pretty(const Value& value) {
  std::string out;
  Writer(out, true).write(value);
  return out;
}

std::string to_pointer(const std::vector<std::string>& path) {
  std::string out;
  for (const std::string& part : path) {
    out += '/';
    for (const char c : part) {
      if (c == '~') {
        out += "~0";
      } else if (c == '/') {
        out += "~1";
      } else {
        out += c;
      }
    }
  }
  return out;
}

}  // namespace plumb::json
