// check_commits: do the commits that a ledger tells of bear what it says? Against a clone of the
// repositories: every commit is there; what was accepted descends from what was accepted before;
// what was applied had been accepted. With the policies also the judgement: the commits of each
// acceptance are walked again, as of its time, and must be trusted and signed as the record says.
// Pure: reads through the object source alone.
#pragma once

#include <map>
#include <vector>

#include "core/audit/chain.h"
#include "core/trust/walk/walk.h"

namespace plumb::audit {

struct CommitChecks {
  const GitObjectSource& objects;
  const std::vector<trust::TrustPolicy>& policies = {};
  std::map<RefName, ObjectId> statements = {};  // refs/plumb/… of the clone
  OpenPgpVerifier* openpgp = nullptr;
  trust::RenderFunction render = {};
};

struct CommitReport {
  std::vector<Flaw> flaws;
  size_t commits = 0;  // different ones that were looked at
  size_t judged = 0;   // acceptances that were judged again
  size_t foreign = 0;  // records of repositories that no policy given here speaks of
};

// `records` in order. An Error is of the world.
[[nodiscard]] Result<CommitReport> check_commits(const std::vector<Record>& records,
                                                 const CommitChecks& checks);

}  // namespace plumb::audit
