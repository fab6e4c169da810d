// `plumb approve`: signs that a change is approved, one statement for each rule that asks for it,
// and keeps them as files of the commit at refs/plumb/approvals/<tree>, to be pushed.
#include <set>

#include "base/text.h"
#include "cmd/cli/commands.h"
#include "cmd/cli/statement_signer.h"
#include "cmd/shared/trust_parts.h"
#include "core/trust/walk/commit_graph.h"
#include "core/trust/walk/statements.h"
#include "core/trust/walk/tree_diff.h"
#include "edge/openpgp/openpgp_process.h"

namespace plumb::cli {

namespace {

using trust::Approval;

// The rules that ask for approvals of what the commits between change.
Result<std::set<std::string>> rules_of(const trust::TrustPolicy& policy,
                                       const LocalRepository& repository, const CommitId& base,
                                       const CommitId& tip) {
  trust::Objects objects(repository);
  trust::CommitGraph graph(objects);
  std::set<std::string> out;
  const trust::NewCommits between = TRY(graph.since(base, tip, policy.max_walk));
  if (!between.fast_forward) {
    return Error(kUsage, abbreviated(tip) + " does not descend from " + abbreviated(base))
        .with_help("approve a range A..B where B is built on A: rebase first");
  }
  for (const CommitId& id : between.commits) {
    const auto commit = TRY(objects.commit(id));
    if (commit->parents.empty()) continue;
    const ObjectId before = TRY(objects.commit(commit->parents[0]))->tree;
    for (const trust::PathChange& one : TRY(trust::diff_trees(objects, before, commit->tree))) {
      const trust::Rule* rule = policy.rule_for(one.path);
      if (rule == nullptr) continue;
      for (const trust::Alternative& alternative : rule->any_of) {
        if (alternative.approvals > 0) out.insert(rule->name);
      }
    }
  }
  return out;
}

}  // namespace

Result<int> run(const Session& session, const ApproveCommand& command) {
  const trust::TrustPolicy policy = TRY(load_policy(command.policy));
  const std::unique_ptr<LocalRepository> repository =
      TRY(LocalRepository::open(command.repository));
  const trust::PolicySource source = TRY(choose_source(policy, command.ref));
  const bool is_range = command.range.find("..") != std::string::npos;
  const CommitRange range = TRY(read_range(
      *repository, is_range ? command.range : command.range + "^.." + command.range, source));
  const CommitId tip(range.tip.str());
  const CommitId base = range.from.value_or(policy.anchor);
  const std::set<std::string> rules = TRY(rules_of(policy, *repository, base, tip));
  if (rules.empty()) {
    TRY(session.print("nothing here needs an approval\n"));
    return kExitOk;
  }
  trust::Objects objects(*repository);
  Approval approval{.repo = source.url,
                    .ref = source.ref,
                    .base = base,
                    .tree = TRY(objects.commit(tip))->tree,
                    .rule = "",
                    .expires = SystemClock().wall() +
                               std::chrono::duration_cast<std::chrono::seconds>(command.valid_for)};
  const StatementSigner signer = TRY(statement_signer(*repository, command.key));
  OpenPgpProcess openpgp(openpgp_program_beside_this());
  std::vector<std::string> statements;
  std::string who;
  for (const std::string& rule : rules) {
    approval.rule = rule;
    const std::string line = trust::to_text(approval);
    statements.push_back(line + "\n" + TRY(signer.sign(line, trust::kApprovalType)));
    // It must count: a key that the policy does not know is better found out here.
    who = TRY(trust::read_approval(statements.back(), policy,
                                   {.now = SystemClock().wall(), .openpgp = &openpgp}))
              .signer;
  }
  const std::string ref = trust::kApprovalRefs + approval.tree.str();
  TRY(keep_statements(*repository, ref, statements, [](const std::string&) { return true; }));
  TRY(session.print("approved as " + safe(who) + ": " + abbreviated(base) + ".." +
                    abbreviated(tip) + " under " + safe(join({rules.begin(), rules.end()}, ", ")) +
                    "\npush it: git push origin " + ref + "\n"));
  return kExitOk;
}

}  // namespace plumb::cli
