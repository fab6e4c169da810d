// One turn of a Repository: fetch -> verify -> open, then publish its status and wake its apps when
// the revision moved. Whatever fails leaves the last good revision in force and says so in a
// condition.
#pragma once

#include <stop_token>

#include "control/world.h"

namespace plumb {

// A commit that was in force before, from the local store: the source need not answer. It passes
// the trust policy again.
[[nodiscard]] Result<std::shared_ptr<const GoodRevision>> reopen(World& world,
                                                                 const RepositorySpec& spec,
                                                                 const std::string& commit,
                                                                 const std::string& ref);

void repository_turn(World& world, const RepositoryKey& key, std::stop_token stop);

}  // namespace plumb
