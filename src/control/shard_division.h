// Which replica is to work on which shard: everybody within one of the same number, and nothing
// moves that need not. All replicas see the same Leases and come to the same answer; where they do
// not for a moment, the Lease of the shard decides. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace plumb {

// `holders`: by shard, "" for none. `replicas`: that live; a holder that is none of them has lost
// its shards. Yields by shard who is to have it; "" only where there is no replica.
[[nodiscard]] std::vector<std::string> divide_shards(const std::vector<std::string>& holders,
                                                     const std::set<std::string>& replicas);

}  // namespace plumb
