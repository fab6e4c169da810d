// spec.rollback.onUnhealthy: when a new revision has not become healthy in time, a Job is to write
// the revert of it to Git. What is decided here is whether, from what to what, and what that Job
// is; the operator makes the Job and nothing else. The credential to push stands in a Secret that
// the Job alone is given, and the revert comes back the way of every commit: fetched, verified,
// applied. Pure.
//
// A revision is rolled back once, with the later ones that have the same manifests, only if it
// never was healthy here (a crash later on is no fault of the commit), and only to one that was.
// The Job does nothing where somebody changed the app's path since: a fix that is on its way is not
// taken back.
#pragma once

#include <optional>
#include <string>

#include "model/git.h"
#include "model/spec.h"
#include "model/status.h"

namespace plumb {

struct RollbackOrder {
  std::string revision;  // that is taken back, in display form
  CommitId bad;
  CommitId good;
  CommitId seen;  // the newest revision with the manifests of the bad one
};

// After the fold of a turn; nullopt: nothing is to be done, or not yet: what is not healthy, or
// failed, has until spec.timeout, counted from when the revision was first applied (attempt.h).
[[nodiscard]] std::optional<RollbackOrder> rollback_due(const AppSpec& app, const AppStatus& status,
                                                        WallTime now);

struct RollbackSource {
  std::string url;
  std::string branch;
};

[[nodiscard]] std::string rollback_job_name(const AppKey& app, const CommitId& bad);
// The Job runs without any right in the cluster: no token of a ServiceAccount is mounted.
[[nodiscard]] Value rollback_job(const AppSpec& app, const std::string& uid,
                                 const RollbackSource& source, const RollbackOrder& order);

}  // namespace plumb
