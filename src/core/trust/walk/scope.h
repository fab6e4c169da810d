// scope: may this change of one YAML file be nothing but what the field rules allow? Compared on
// the events of both texts: same documents, same keys in the same order, same lists; what differs
// are scalars at allowed fields whose new value is allowed. Comments, blanks and line ends may
// differ. Anchors, aliases, tags and keys that are there twice are refused on either side, for
// programs do not read them alike. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "core/trust/policy/policy.h"
#include "core/trust/walk/walk_errors.h"

namespace plumb::trust {

// kOutOfScope, with the field and what is not allowed there.
[[nodiscard]] Result<void> check_scope(std::string_view before, std::string_view after,
                                       const std::string& path, const std::vector<FieldRule>& rules,
                                       Budget& budget);

}  // namespace plumb::trust
