// What an App's turn needs of the other shards. Who works on an App stands in its status
// (status.shard): a shard takes an App that is nobody's by a write that fails if anything of the
// App changed meanwhile, and lets go of one that is not its any more (another repository, another
// label) between two turns. So the two never work on it at the same time, whatever each of them
// knows of the move. Where the work is not divided nothing of this costs a request. Thread safe.
#pragma once

#include "control/world.h"

namespace plumb {

inline constexpr ErrorCode kClaimLost{739, "ClaimLost"};  // never told: another turn follows
inline constexpr ErrorCode kClaimNotConfirmed{738,
                                              "ClaimNotConfirmed"};  // the watch of Apps is behind

// By what this shard knows of the Repository and its label.
[[nodiscard]] bool is_ours(const World& world, const RepositoryKey& repository);

// At the beginning of each turn: takes the App, or lets go of it, as it should be. Null if it is
// not this shard's to work on, or not there.
[[nodiscard]] std::shared_ptr<const AppEntry> settled_app(World& world, const AppKey& key);

// After the inventory of `intended` was stored as `version` (0: as it stood there): waits for the
// watch to tell it, and so what other shards claimed before. kClaimLost: some of what was never
// applied was another App's first; it was taken back, and the App needs another turn. With any
// error nothing may be applied.
[[nodiscard]] Result<void> confirm_claims(World& world, const AppEntry& app,
                                          const AppStatus& intended, uint64_t version);

}  // namespace plumb
