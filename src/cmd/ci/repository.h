// The config repository of a command line: opened with the credentials of the job, and pushed to.
#pragma once

#include <memory>

#include "cmd/ci/commands.h"
#include "edge/git_push/config_repository.h"

namespace plumb::ci {

// How the repository is reached, from the options and the environment.
[[nodiscard]] GitOptions git_options(const RepositoryOptions& options);
[[nodiscard]] Result<GitCredentials> git_credentials(const RepositoryOptions& options);

[[nodiscard]] Result<std::unique_ptr<ConfigRepository>> open_repository(
    const RepositoryOptions& options, std::stop_token stop);

// What a command wants on top of a tip: a commit, and what to say of it.
struct Change {
  Proposal proposal;
  std::string report;  // lines for people
};
using ProposeChange = std::function<Result<std::optional<Change>>(const CommitId& tip)>;

// Pushes the change, or with dry_run only says it. Prints the report, and the new commit alone on
// the last line, for scripts.
[[nodiscard]] Result<int> push_change(ConfigRepository& repository,
                                      const RepositoryOptions& options,
                                      const ProposeChange& propose);

}  // namespace plumb::ci
