#include "core/render/document.h"

#include <algorithm>
#include <tuple>

namespace plumb::rendering {

std::vector<Error> Problems::sorted() const {
  std::vector<Error> out = errors_;
  std::stable_sort(out.begin(), out.end(), [](const Error& a, const Error& b) {
    const Position left = a.position().value_or(Position{});
    const Position right = b.position().value_or(Position{});
    return std::tie(left.file, left.line) < std::tie(right.file, right.line);
  });
  return out;
}

Error Problems::merged() const {
  const std::vector<Error> all = sorted();
  return all.front().with_also({all.begin() + 1, all.end()});
}

Error Problems::merged(const Error& last) const {
  return last.with_also(sorted());
}

}  // namespace plumb::rendering
