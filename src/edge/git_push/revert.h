// propose_revert: what paths got since a commit is taken back, as one commit on top. The tree is
// that of `git revert` of all those commits, newest first, as far as they touch the paths: every
// byte below them is what it was, whatever else the commits changed stays. So there is nothing to
// conflict. History is not rewritten. `plumb-ci revert`, `plumb rollback` and the operator's
// rollback job make the same commit.
#pragma once

#include <string>
#include <vector>

#include "edge/git_push/pushable_repository.h"

namespace plumb {

inline constexpr ErrorCode kNothingToRevert{344, "NothingToRevert"};  // no commit since then

struct RevertRequest {
  std::vector<RelPath> paths;
  std::string to;            // the commit whose state comes back; 7 digits or more
  std::string subject = {};  // first line of the message; "" for one made of the paths
  std::vector<std::string> trailers = {};  // "Plumb-App: prod/web"; after those of every revert
};

struct Revert {
  CommitId to;
  std::vector<CommitId> undone;  // newest first
  Proposal proposal;
};

[[nodiscard]] Result<Revert> propose_revert(const PushableRepository& repository,
                                            const CommitId& tip, const RevertRequest& request);

}  // namespace plumb
