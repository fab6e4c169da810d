// notices: the Events of a turn: transitions only (the first revision applied, a failure, a
// recovery, a heal, a prune), never repetitions of what the last status already said. That a
// healthy app came to its next revision is routine: status.history tells it, and an Event for each
// would be one more request for every commit. Pure.
#pragma once

#include <optional>
#include <vector>

#include "model/status.h"

namespace plumb {

[[nodiscard]] std::vector<Notice> notices(const AppStatus& before, const AppStatus& after,
                                          const TurnRecord& turn);
// What the app left in another cluster, which no status tells any more.
[[nodiscard]] std::optional<Notice> left_notice(const TurnRecord& turn);

// Of a Repository: what was refused by its trust policy or as a rewind, a rewind that was accepted
// (`rewound`: the commit before it; "" for none), compromised keys, and a source that is stale.
[[nodiscard]] std::vector<Notice> repository_notices(const RepositoryStatus& before,
                                                     const RepositoryStatus& after,
                                                     const std::string& rewound);

}  // namespace plumb
