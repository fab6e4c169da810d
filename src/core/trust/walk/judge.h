// Judge: one commit against the rules. Internal to this folder; made for one walk; not thread safe.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/trust/walk/rendered.h"
#include "core/trust/walk/statements.h"
#include "core/trust/walk/tree_diff.h"
#include "core/trust/walk/walk.h"

namespace plumb::trust {

// An approval that counts for some commits of the walk.
struct CountedApproval {
  std::string approver;
  std::string rule;
  std::set<CommitId> commits;
};

struct Approvals {
  std::vector<CountedApproval> counted;
  std::vector<std::string> notes;  // why others do not count, for messages
};

class Judge {
 public:
  Judge(const WalkRequest& request, Objects& objects, CommitGraph& graph,
        const Approvals& approvals)
      : request_(request),
        objects_(objects),
        graph_(graph),
        approvals_(approvals),
        rendered_(request, objects) {}

  // An Error is of the world (Retry::transient); a refusal stands in the verdict.
  [[nodiscard]] Result<CommitVerdict> judge(const CommitId& id);

 private:
  using Rules = std::shared_ptr<const std::vector<Rule>>;
  // A rule and what was asked of its alternatives for the commit at hand.
  struct Asked {
    const CommitVerdict& verdict;
    const CommitObject& commit;
    const Rule& rule;
    std::string statement_rule;  // its name in approvals
    const PathChange& change;
  };

  // Errors below that are not transient are refusals.
  [[nodiscard]] Result<void> check_signature(const CommitId& id, const CommitObject& commit,
                                             CommitVerdict& verdict);
  [[nodiscard]] Result<void> check(const CommitId& id, CommitVerdict& verdict);
  [[nodiscard]] Result<std::vector<PathChange>> changes_of(const CommitObject& commit,
                                                           CommitVerdict& verdict);
  [[nodiscard]] Result<void> check_path(const CommitObject& commit, const PathChange& change,
                                        const std::vector<Rules>& narrower,
                                        std::map<std::string, RuleUse>& uses,
                                        CommitVerdict& verdict);
  [[nodiscard]] Result<void> check_rule(const Asked& asked, RuleUse& use);
  [[nodiscard]] Result<void> check_alternative(const Asked& asked, const Alternative& alternative,
                                               RuleUse& use);
  [[nodiscard]] Result<void> check_only(const Asked& asked, const Alternative& alternative);
  [[nodiscard]] std::set<std::string> approvers(const Asked& asked,
                                                const Alternative& alternative) const;
  [[nodiscard]] Error not_approved(const Asked& asked, const Alternative& alternative,
                                   const std::set<std::string>& have) const;
  // The rules of .plumb/policy.yaml in a commit's tree; null where it has none.
  [[nodiscard]] Result<Rules> repository_rules(const ObjectId& tree);

  const WalkRequest& request_;
  Objects& objects_;
  CommitGraph& graph_;
  const Approvals& approvals_;
  std::map<ObjectId, Rules> repository_rules_;  // by blob
  RenderedScope rendered_;
};

}  // namespace plumb::trust
