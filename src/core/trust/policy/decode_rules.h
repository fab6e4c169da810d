// The rules of a policy, read and checked. Internal to this folder.
#pragma once

#include <vector>

#include "core/trust/policy/policy.h"
#include "core/trust/policy/policy_fields.h"

namespace plumb::trust {

// The member "rules" of the fields. The principals of the policy must be decoded already.
[[nodiscard]] std::vector<Rule> decode_rules(const PolicyFields& fields, const TrustPolicy& policy);

}  // namespace plumb::trust
