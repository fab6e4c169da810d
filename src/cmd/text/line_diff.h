// The difference of two texts, line by line, with a few lines around each change. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace plumb {

struct DiffLine {
  char sign = ' ';   // ' ' same, '-' before, '+' after, '@' lines that are the same were left out
  std::string text;  // without line break

  friend bool operator==(const DiffLine&, const DiffLine&) = default;
};

// Longest common subsequence; texts too large for it (more than a million pairs of lines) are shown
// whole, before and then after.
[[nodiscard]] std::vector<DiffLine> line_diff(std::string_view before, std::string_view after);

}  // namespace plumb
