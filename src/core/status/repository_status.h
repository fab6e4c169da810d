// summarise_repository: what a Repository's status says after one fetch. Pure.
#pragma once

#include <optional>

#include "model/status.h"

namespace plumb {

struct RepositoryTurn {
  const RepositorySpec& spec;
  std::optional<Revision> revision;  // the last good one, in force
  std::string policy;                // trust policy it was accepted under
  std::string signer = {};           // of its commit, where a policy told
  std::optional<Error> error;        // why the fetch failed
  WallTime now{};
};

[[nodiscard]] RepositoryStatus summarise_repository(const RepositoryTurn& turn,
                                                    const RepositoryStatus& previous);

}  // namespace plumb
