// summarise_repository: what a Repository's status says after one fetch. Pure.
#pragma once

#include <optional>

#include "model/status.h"

namespace plumb {

// How new the source is known to be, where its policy asks.
struct FreshnessState {
  bool fresh = false;
  std::string message;
};

struct RepositoryTurn {
  const RepositorySpec& spec;
  std::optional<Revision> revision;  // the last good one, in force
  std::string policy;                // trust policy it was accepted under
  std::string signer = {};           // of its commit, where a policy told
  std::optional<Error> error;        // why the fetch failed
  WallTime now{};
  std::optional<FreshnessState> freshness = {};
  std::vector<CommitId> doubtful = {};  // accepted, and signed by a compromised key
};

[[nodiscard]] RepositoryStatus summarise_repository(const RepositoryTurn& turn,
                                                    const RepositoryStatus& previous);

}  // namespace plumb
