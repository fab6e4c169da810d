// The two commits that a pull request is about: of a clone on the local disk, or fetched from a
// URL into a private directory that is gone afterwards.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "cmd/ci/commands.h"
#include "edge/git/local_repository.h"
#include "edge/os/private_directory.h"
#include "model/source_tree.h"

namespace plumb::ci {

struct ComparedCommits {
  CommitId before;
  CommitId after;
  std::shared_ptr<const SourceTree> tree_before;
  std::shared_ptr<const SourceTree> tree_after;
  std::optional<PrivateDirectory> fetched = {};  // what the trees are read from
};

// range: "A..B" or "A...B" (from their merge base). Of a clone each side is whatever git knows; of
// a URL a branch or a whole commit id.
[[nodiscard]] Result<ComparedCommits> compared_commits(const RepositoryOptions& repository,
                                                       const std::string& range,
                                                       std::stop_token stop);

}  // namespace plumb::ci
