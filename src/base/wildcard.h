// The one algorithm behind patterns in which a part stands for any run of others: `*` in a word,
// `**` in a path. Pure.
//
// Takes the pattern from left to right; where that fails, the last such part takes one more. Going
// back further is of no use: whatever an earlier one could take, the last one can. So the time is
// at most pattern times text.
#pragma once

#include <cstddef>
#include <optional>

namespace plumb {

// `is_any(p)`: the pattern's element at p takes any run. `step(p, t)`: the place behind the element
// at p if that takes the text's element at t alone; nullopt if it does not.
template <class IsAny, class Step>
[[nodiscard]] bool matches_wildcard(size_t pattern_size, size_t text_size, const IsAny& is_any,
                                    const Step& step) {
  size_t p = 0;
  size_t t = 0;
  std::optional<size_t> any;
  size_t taken = 0;
  while (t < text_size) {
    if (p < pattern_size && is_any(p)) {
      any = p++;
      taken = t;
      continue;
    }
    const std::optional<size_t> next = p < pattern_size ? step(p, t) : std::nullopt;
    if (next) {
      p = *next;
      ++t;
    } else if (any) {
      p = *any + 1;
      t = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern_size && is_any(p)) ++p;
  return p == pattern_size;
}

}  // namespace plumb
