// A policy from the text of a file, as `plumb verify --policy` and .plumb/policy.yaml have it: one
// YAML document. Errors name file and line. Pure; reentrant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "core/trust/policy/policy.h"

namespace plumb::trust {

[[nodiscard]] Result<TrustPolicy> read_trust_policy(std::string_view text, const std::string& file,
                                                    Budget& budget);
[[nodiscard]] Result<std::vector<Rule>> read_trust_rules(std::string_view text,
                                                         const std::string& file,
                                                         const TrustPolicy& policy, Budget& budget);

}  // namespace plumb::trust
