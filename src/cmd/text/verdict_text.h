// The verdict of a trust policy on a history, for people and as a value. Pure.
#pragma once

#include <string>

#include "cmd/text/output.h"
#include "core/trust/walk/walk.h"
#include "lang/value/value.h"

namespace plumb {

// `now`: when it was made.
[[nodiscard]] std::string verdict_text(const trust::WalkVerdict& verdict,
                                       const trust::TrustPolicy& policy, WallTime now,
                                       const Style& style);
[[nodiscard]] Value verdict_value(const trust::WalkVerdict& verdict,
                                  const trust::TrustPolicy& policy, WallTime now);

}  // namespace plumb
