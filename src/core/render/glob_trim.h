// Prefixes and suffixes that a pattern matches ("*", "?", "[a-z]"), as shells and Flux's envsubst
// (fluxcd/pkg/envsubst v1.9.0) remove them. A pattern that is none removes nothing. Pure.
#pragma once

#include <string>

#include "base/budget.h"
#include "base/result.h"

namespace plumb::rendering {

[[nodiscard]] Result<std::string> trim_prefix(const std::string& text, const std::string& pattern,
                                              bool longest, Budget& budget);
[[nodiscard]] Result<std::string> trim_suffix(const std::string& text, const std::string& pattern,
                                              bool longest, Budget& budget);

}  // namespace plumb::rendering
