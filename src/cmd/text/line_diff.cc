#include "cmd/text/line_diff.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace plumb {

namespace {

constexpr size_t kContext = 2;
constexpr size_t kMostPairs = 1'000'000;

std::vector<std::string> lines_of(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return split(text, '\n');
}

std::vector<DiffLine> all_lines(const std::vector<std::string>& before,
                                const std::vector<std::string>& after) {
  std::vector<DiffLine> out;
  const size_t rows = before.size() + 1;
  const size_t row = after.size() + 1;
  if (rows * row > kMostPairs) {
    for (const std::string& line : before) out.push_back({'-', line});
    for (const std::string& line : after) out.push_back({'+', line});
    return out;
  }
  std::vector<uint32_t> length(rows * row, 0);  // of the common subsequence of the two rests
  for (size_t i = before.size(); i-- > 0;) {
    for (size_t j = after.size(); j-- > 0;) {
      length[i * row + j] = before[i] == after[j]
                                ? length[(i + 1) * row + j + 1] + 1
                                : std::max(length[(i + 1) * row + j], length[i * row + j + 1]);
    }
  }
  size_t i = 0;
  size_t j = 0;
  while (i < before.size() || j < after.size()) {
    if (i < before.size() && j < after.size() && before[i] == after[j]) {
      out.push_back({' ', before[i]});
      ++i, ++j;
    } else if (j == after.size() ||
               (i < before.size() && length[(i + 1) * row + j] >= length[i * row + j + 1])) {
      out.push_back({'-', before[i++]});
    } else {
      out.push_back({'+', after[j++]});
    }
  }
  return out;
}

}  // namespace

std::vector<DiffLine> line_diff(std::string_view before, std::string_view after) {
  const std::vector<DiffLine> all = all_lines(lines_of(before), lines_of(after));
  std::vector<bool> shown(all.size(), false);
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].sign == ' ') continue;
    const size_t first = i < kContext ? 0 : i - kContext;
    for (size_t k = first; k < std::min(all.size(), i + kContext + 1); ++k) shown[k] = true;
  }
  std::vector<DiffLine> out;
  for (size_t i = 0; i < all.size(); ++i) {
    if (shown[i]) {
      out.push_back(all[i]);
    } else if (out.empty() || out.back().sign != '@') {
      out.push_back({'@', "..."});
    }
  }
  return out;
}

}  // namespace plumb
