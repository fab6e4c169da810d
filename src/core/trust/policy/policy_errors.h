// What is wrong with a trust policy: E0430 to E0439. All are Retry::denied: nothing is accepted
// under a policy that cannot be read.
#pragma once

#include "base/error.h"

namespace plumb::trust {

inline constexpr ErrorCode kInvalidPolicy{430, "InvalidPolicy"};
// A rule that can never govern a path: earlier rules match all that it does.
inline constexpr ErrorCode kUnreachableRule{431, "UnreachableRule"};
inline constexpr ErrorCode kBadGlob{432, "BadGlob"};
inline constexpr ErrorCode kBadPattern{433, "BadPattern"};

}  // namespace plumb::trust
