// `plumb approve`: signs that a change is approved, one statement for each rule that asks for it,
// and keeps them as files of the commit at refs/plumb/approvals/<tree>, to be pushed.
#include <set>

#include "base/text.h"
#include "cmd/cli/commands.h"
#include "cmd/shared/trust_parts.h"
#include "core/trust/walk/commit_graph.h"
#include "core/trust/walk/statements.h"
#include "core/trust/walk/tree_diff.h"
#include "edge/openpgp/openpgp_process.h"
#include "edge/os/process.h"

namespace plumb::cli {

namespace {

using trust::Approval;

struct Signer {
  bool ssh = true;
  std::string key;
};

std::string setting(const LocalRepository& repository, const std::string& name) {
  const Result<std::string> value = repository.run_git({"config", "--get", name});
  return value ? std::string(trim(*value)) : "";
}

Result<Signer> signer_for(const LocalRepository& repository, const std::string& key) {
  Signer out{setting(repository, "gpg.format") == "ssh", key};
  if (!key.empty()) out.ssh = key.find('/') != std::string::npos || out.ssh;
  if (key.empty()) out.key = setting(repository, "user.signingKey");
  if (out.key.starts_with("~/")) {
    const char* home = std::getenv("HOME");
    out.key = std::string(home == nullptr ? "" : home) + out.key.substr(1);
  }
  if (!out.key.empty()) return out;
  return Error(kUsage, "there is no key to sign with")
      .with_help("give --key FILE, or set git's user.signingKey (and gpg.format ssh)");
}

Result<std::string> sign(const Signer& signer, const std::string& text) {
  ProcessRequest request;
  request.deadline = Deadline::in(std::chrono::minutes(5));  // somebody may have to type a PIN
  request.input = text;
  for (const char* name : {"PATH", "HOME", "SSH_AUTH_SOCK", "GNUPGHOME", "GPG_TTY", "TERM"}) {
    const char* value = std::getenv(name);
    if (value != nullptr) request.environment.push_back(std::string(name) + "=" + value);
  }
  request.program = signer.ssh ? "/usr/bin/ssh-keygen" : "/usr/bin/gpg";
  request.arguments =
      signer.ssh
          ? std::vector<std::string>{"-Y", "sign",    "-q", "-n", trust::kApprovalType,
                                     "-f", signer.key}
          : std::vector<std::string>{
                "--batch", "--armor", "--detach-sign", "--local-user", signer.key, "--output", "-"};
  const ProcessResult done = TRY(run_process(request, {}));
  if (done.exit_code == 0) return done.output;
  return Error(kUsage, "the key did not sign: " + safe(trim(shorten(done.errors, 400))))
      .with_help("is --key right, and an agent running if it has a passphrase?");
}

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

// Adds files to those that the ref's commit has.
Result<void> store(const LocalRepository& repository, const std::string& ref,
                   const std::vector<std::string>& statements) {
  const Result<std::string> listed = repository.run_git({"ls-tree", ref});
  std::string tree = listed ? *listed : "";
  for (const std::string& statement : statements) {
    const std::string blob(
        trim(TRY(repository.run_git({"hash-object", "-w", "--stdin"}, statement))));
    if (tree.find(blob) == std::string::npos) tree += "100644 blob " + blob + "\t" + blob + "\n";
  }
  const std::string id(trim(TRY(repository.run_git({"mktree"}, tree))));
  const std::string commit(
      trim(TRY(repository.run_git({"commit-tree", "--no-gpg-sign", id}, "approvals\n"))));
  TRY(repository.run_git({"update-ref", ref, commit}));
  return {};
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
  const Signer signer = TRY(signer_for(*repository, command.key));
  OpenPgpProcess openpgp(openpgp_program_beside_this());
  std::vector<std::string> statements;
  std::string who;
  for (const std::string& rule : rules) {
    approval.rule = rule;
    const std::string line = trust::to_text(approval);
    statements.push_back(line + "\n" + TRY(sign(signer, line)));
    // It must count: a key that the policy does not know is better found out here.
    who = TRY(trust::read_approval(statements.back(), policy,
                                   {.now = SystemClock().wall(), .openpgp = &openpgp}))
              .signer;
  }
  const std::string ref = trust::kApprovalRefs + approval.tree.str();
  TRY(store(*repository, ref, statements));
  TRY(session.print("approved as " + safe(who) + ": " + abbreviated(base) + ".." +
                    abbreviated(tip) + " under " + safe(join({rules.begin(), rules.end()}, ", ")) +
                    "\npush it: git push origin " + ref + "\n"));
  return kExitOk;
}

}  // namespace plumb::cli
