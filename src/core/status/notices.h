// notices: the Events of a turn: transitions only (the first revision applied, a failure, a
// recovery, a heal, a prune), never repetitions of what the last status already said. That a
// healthy app came to its next revision is routine: status.history tells it, and an Event for each
// would be one more request for every commit. Pure.
#pragma once

#include <vector>

#include "model/status.h"

namespace plumb {

[[nodiscard]] std::vector<Notice> notices(const AppStatus& before, const AppStatus& after,
                                          const TurnRecord& turn);

}  // namespace plumb
