// notices: the Events of a turn: transitions only (a revision applied, a failure, a recovery, a
// heal, a prune), never repetitions of what the last status already said. Pure.
#pragma once

#include <vector>

#include "model/status.h"

namespace plumb {

[[nodiscard]] std::vector<Notice> notices(const AppStatus& before, const AppStatus& after,
                                          const TurnRecord& turn);

}  // namespace plumb
