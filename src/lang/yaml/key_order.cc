#include "lang/yaml/key_order.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace plumb::yaml {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

#include "lang/yaml/unicode_ranges.inc"

template <size_t N>
bool contains(const std::array<Range, N>& ranges, uint32_t point) {
  const auto at = std::lower_bound(ranges.begin(), ranges.end(), point,
                                   [](const Range& range, uint32_t p) { return range.last < p; });
  return at != ranges.end() && at->first <= point;
}

bool is_letter(uint32_t point) {
  if (point < 0x80) return (point | 0x20) >= 'a' && (point | 0x20) <= 'z';
  return contains(kLetters, point);
}

bool is_digit(uint32_t point) {
  if (point < 0x80) return point >= '0' && point <= '9';
  return contains(kDigits, point);
}

// `text` is valid UTF-8 or has been made so; stray bytes count as themselves.
std::vector<uint32_t> code_points(std::string_view text) {
  std::vector<uint32_t> out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i++]);
    const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC2 ? 1 : 0;
    uint32_t point = more == 0 ? lead : lead & (0x3Fu >> more);
    for (int k = 0; k < more && i < text.size(); ++k) {
      point = point << 6 | (static_cast<uint8_t>(text[i++]) & 0x3F);
    }
    out.push_back(point);
  }
  return out;
}

struct Number {
  uint64_t value;  // wraps, as there
  size_t end;
};

Number number_at(const std::vector<uint32_t>& text, size_t from, uint64_t start) {
  Number out{start, from};
  while (out.end < text.size() && is_digit(text[out.end])) {
    out.value = out.value * 10 + text[out.end++] - '0';
  }
  return out;
}

// Both differ at `i` and are equal before it.
bool before_at(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b, size_t i) {
  const bool a_letter = is_letter(a[i]);
  const bool b_letter = is_letter(b[i]);
  if (a_letter && b_letter) return a[i] < b[i];
  if (a_letter || b_letter) return b_letter;
  // A zero inside a number that has begun with another digit must count.
  uint64_t start = 0;
  if (a[i] == '0' || b[i] == '0') {
    for (size_t j = i; j > 0 && is_digit(a[j - 1]); --j) {
      if (a[j - 1] == '0') continue;
      start = 1;
      break;
    }
  }
  const Number left = number_at(a, i, start);
  const Number right = number_at(b, i, start);
  if (left.value != right.value) {
    return static_cast<int64_t>(left.value) < static_cast<int64_t>(right.value);
  }
  if (left.end != right.end) return left.end < right.end;
  return a[i] < b[i];
}

}  // namespace

bool key_before(std::string_view a, std::string_view b) {
  // Nearly all keys differ first in an ASCII letter of each.
  const auto [at_a, at_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (at_a != a.end() && at_b != b.end()) {
    const auto x = static_cast<uint8_t>(*at_a);
    const auto y = static_cast<uint8_t>(*at_b);
    if (x < 0x80 && y < 0x80 && is_letter(x) && is_letter(y)) return x < y;
  }
  const std::vector<uint32_t> left = code_points(a);
  const std::vector<uint32_t> right = code_points(b);
  const size_t common = std::min(left.size(), right.size());
  for (size_t i = 0; i < common; ++i) {
    if (left[i] != right[i]) return before_at(left, right, i);
  }
  return left.size() < right.size();
}

}  // namespace plumb::yaml
