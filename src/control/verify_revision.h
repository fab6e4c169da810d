// The verify stage of a Repository's turn: finds the trust policy of what was fetched, has
// core/trust judge it, and remembers what was accepted before anybody may use it.
#pragma once

#include <memory>

#include "control/world.h"
#include "core/trust/trust.h"

namespace plumb {

inline constexpr ErrorCode kNoRoomToVerify{751, "NoRoomToVerify"};

// What was fetched, and what is known of its repository.
struct FetchedRevision {
  const FetchResult& fetched;
  const GitStore& store;
  std::string commit_before;  // that is published as the one in force; "" for none
  bool needs_room = false;    // as a turn before this one found: nothing begins without
};

// A revision that was just fetched. Blocks on the API server until the deadline. What comes of it
// stands in the ledger before anybody uses it. kNoRoomToVerify: what its commits render to is
// large, and other turns have the room for that (control/turn_room.h).
[[nodiscard]] Result<VerifiedRevision> verify_fetched(World& world, const RepositorySpec& spec,
                                                      const FetchedRevision& found,
                                                      trust::VerificationCache& signatures,
                                                      Deadline deadline);

// What its policy says of the accepted revision now: how fresh its source is, and which commits
// that led to it are doubtful. nullopt without a policy. `before`: what was found last.
[[nodiscard]] Result<std::optional<TrustStanding>> standing_of(
    World& world, const RepositorySpec& spec, const FetchedRevision& found,
    const std::optional<TrustStanding>& before);

// A revision that was in force before, of which nothing but its commit is known: under a policy it
// must be the one that was accepted last, or have led to it.
[[nodiscard]] Result<VerifiedRevision> verify_kept(World& world, const RepositorySpec& spec,
                                                   const GitStore& store, const Revision& revision,
                                                   Deadline deadline);

// The same revision need not be judged again while this is what it was accepted under.
[[nodiscard]] Result<std::string> governing_policy(World& world, const RepositorySpec& spec,
                                                   const RefName& ref);

}  // namespace plumb
