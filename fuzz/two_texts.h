// What a target that takes two texts makes of its input: they are parted by a zero byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "base/budget.h"

inline std::optional<std::pair<std::string_view, std::string_view>> two_texts(const uint8_t* data,
                                                                              size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t middle = text.find('\0');
  if (middle == std::string_view::npos) return std::nullopt;
  return std::pair(text.substr(0, middle), text.substr(middle + 1));
}

// So small that no input takes long.
inline plumb::Limits small_limits() {
  plumb::Limits limits;
  limits.steps = 200'000;
  limits.alias_nodes = 10'000;
  return limits;
}
