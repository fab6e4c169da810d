#include "core/trust/walk/judge.h"

#include <algorithm>

#include "base/text.h"
#include "core/trust/policy/read_policy.h"
#include "core/trust/walk/scope.h"

namespace plumb::trust {
namespace {

constexpr const char* kRepositoryPolicy = ".plumb/policy.yaml";
constexpr uint64_t kMaxFileBytes = 3 << 20;

std::string quoted(std::string_view text) {
  return "\"" + escape_terminal(shorten(text)) + "\"";
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string first_line(const std::string& message) {
  return message.substr(0, message.find('\n'));
}

}  // namespace

Result<CommitVerdict> Judge::judge(const CommitId& id) {
  CommitVerdict verdict;
  verdict.commit = id;
  Result<void> checked = check(id, verdict);
  if (checked) return verdict;
  if (checked.error().retry() == Retry::transient) return std::move(checked).error();
  verdict.refusal = std::move(checked).error();
  return verdict;
}

Result<void> Judge::check(const CommitId& id, CommitVerdict& verdict) {
  const std::shared_ptr<const CommitObject> commit = TRY(objects_.commit(id));
  verdict.subject = first_line(commit->message);
  verdict.author = commit->author.display();
  TRY(check_signature(id, *commit, verdict));
  if (commit->parents.empty()) {
    return Error(kUnrelatedHistory,
                 "it has no parents: a history that begins elsewhere is brought in", Retry::denied)
        .with_help("bring its files in by an ordinary commit");
  }
  if (commit->parents.size() > 2) {
    return Error(kOctopusMerge,
                 "it merges " + std::to_string(commit->parents.size()) +
                     " parents: who changed what cannot be told",
                 Retry::denied)
        .with_help("merge two at a time");
  }
  const Principal* signer = request_.policy.principal(verdict.signer);
  if (commit->parents.size() > 1 && signer != nullptr && signer->kind == PrincipalKind::bot) {
    // It could bring in what people signed for another branch.
    return Error(kNotAllowed, "it is a merge signed by " + quoted(verdict.signer) + ", a bot",
                 Retry::denied)
        .with_help("let a person or the forge merge; a bot puts its commit on top");
  }
  std::vector<Rules> narrower;
  for (const CommitId& parent : commit->parents) {
    Rules rules = TRY(repository_rules(TRY(objects_.commit(parent))->tree));
    if (rules) narrower.push_back(std::move(rules));
  }
  std::map<std::string, RuleUse> uses;
  for (const PathChange& change : TRY(changes_of(*commit, verdict))) {
    verdict.refused_path = change.path;
    TRY(check_path(*commit, change, narrower, uses, verdict));
  }
  verdict.refused_path.clear();
  verdict.refused_rule.clear();
  for (auto& [name, use] : uses) {
    use.rule = name;
    verdict.rules.push_back(std::move(use));
  }
  return {};
}

Result<void> Judge::check_signature(const CommitId& id, const CommitObject& commit,
                                    CommitVerdict& verdict) {
  const VerifyOptions options{.now = request_.now, .openpgp = request_.openpgp};
  const Digest keys = digest_of(request_.policy.keys, options);
  std::optional<VerifiedSignature> found;
  if (request_.cache != nullptr) found = request_.cache->find(id.str(), keys, request_.now);
  if (!found) {
    found = TRY(verify_commit(commit, request_.policy.keys, options));
    if (request_.cache != nullptr) request_.cache->remember(id.str(), keys, *found);
  }
  verdict.key = found->key;
  verdict.algorithm = found->algorithm;
  if (const Principal* owner = request_.policy.owner_of(found->principal_key)) {
    verdict.signer = owner->name;
  }
  Result<const Principal*> signer = signer_of(request_.policy, *found, request_.now);
  if (signer) return {};
  if (signer.error().code() != kKeyCompromised) return std::move(signer).error();
  // What it signed up to `since` is as good as it was.
  for (const RefusedKey& one : request_.policy.compromised) {
    const bool is_it = one.key == found->key || one.key == found->principal_key;
    if (is_it && !TRY(graph_.is_ancestor(id, *one.since))) return std::move(signer).error();
  }
  return {};
}

Result<std::vector<PathChange>> Judge::changes_of(const CommitObject& commit,
                                                  CommitVerdict& verdict) {
  if (commit.parents.size() == 2) {
    std::vector<PathChange> own = TRY(own_changes_of_merge(objects_, graph_, commit));
    verdict.clean_merge = own.empty();
    return own;
  }
  return diff_trees(objects_, TRY(objects_.commit(commit.parents[0]))->tree, commit.tree);
}

Result<void> Judge::check_path(const CommitObject& commit, const PathChange& change,
                               const std::vector<Rules>& narrower,
                               std::map<std::string, RuleUse>& uses, CommitVerdict& verdict) {
  const Rule* rule = request_.policy.rule_for(change.path);
  verdict.refused_rule.clear();
  if (rule == nullptr) {
    return Error(kNoRule, "no rule is about " + quoted(change.path), Retry::denied)
        .with_help("plumb trust explain PATH shows which rule governs a path");
  }
  verdict.refused_rule = rule->name;
  TRY(check_rule({verdict, commit, *rule, rule->name, change}, uses[rule->name]));
  for (const Rules& rules : narrower) {
    const auto at = std::find_if(rules->begin(), rules->end(),
                                 [&](const Rule& one) { return one.matches(change.path); });
    if (at == rules->end()) continue;
    const std::string name = ".plumb/" + at->name;
    verdict.refused_rule = name;
    TRY(check_rule({verdict, commit, *at, name, change}, uses[name]));
  }
  // It counts for the commits after this one; but one that cannot be read would stop them all.
  if (change.path == kRepositoryPolicy && change.after) TRY(repository_rules(commit.tree));
  return {};
}

Result<void> Judge::check_rule(const Asked& asked, RuleUse& use) {
  std::optional<Error> because;
  for (const Alternative& alternative : asked.rule.any_of) {
    Result<void> allowed = check_alternative(asked, alternative, use);
    if (allowed || allowed.error().retry() == Retry::transient) return allowed;
    // The reason that is nearest to being allowed is told: out of scope, not approved, not allowed.
    const auto weight = [](const Error& error) {
      return error.code() == kNotAllowed ? 0 : error.code() == kNotApproved ? 1 : 2;
    };
    if (!because || weight(allowed.error()) > weight(*because)) because = allowed.error();
  }
  return because.value_or(Error(kNotAllowed, "the rule allows nobody", Retry::denied));
}

Result<void> Judge::check_alternative(const Asked& asked, const Alternative& alternative,
                                      RuleUse& use) {
  const std::string& signer = asked.verdict.signer;
  if (!alternative.author.empty() && !contains(alternative.author, signer)) {
    return Error(kNotAllowed,
                 "rule " + quoted(asked.rule.name) + " does not let " + quoted(signer) +
                     " change " + quoted(asked.change.path),
                 Retry::denied)
        .with_help("it lets " + join(alternative.author, ", "));
  }
  const std::set<std::string> have = approvers(asked, alternative);
  if (have.size() < static_cast<size_t>(alternative.approvals)) {
    return not_approved(asked, alternative, have);
  }
  if (!alternative.only_source.empty() || !alternative.only_rendered.empty()) {
    TRY(check_only(asked, alternative));
  }
  use.needed = std::max(use.needed, alternative.approvals);
  if (alternative.approvals > 0) use.approvers.assign(have.begin(), have.end());
  return {};
}

std::set<std::string> Judge::approvers(const Asked& asked, const Alternative& alternative) const {
  std::set<std::string> out;
  const std::string& signer = asked.verdict.signer;
  for (const CountedApproval& one : approvals_.counted) {
    if (one.rule == asked.statement_rule && one.commits.contains(asked.verdict.commit) &&
        contains(alternative.from, one.approver) && one.approver != signer) {
      out.insert(one.approver);
    }
  }
  const Principal* author = request_.policy.principal(signer);
  const bool counts = alternative.author_counts && contains(alternative.from, signer) &&
                      author != nullptr && author->kind == PrincipalKind::human;
  if (counts) out.insert(signer);
  return out;
}

Error Judge::not_approved(const Asked& asked, const Alternative& alternative,
                          const std::set<std::string>& have) const {
  std::string text = quoted(asked.change.path) + ": rule " + quoted(asked.rule.name) +
                     " asks for " + std::to_string(alternative.approvals) + " of " +
                     join(alternative.from, ", ") + "; " +
                     (have.empty() ? "nobody" : join({have.begin(), have.end()}, ", ")) +
                     " approved this change by " + quoted(asked.verdict.signer);
  for (const std::string& note : approvals_.notes) text += "; " + note;
  return Error(kNotApproved, text, Retry::denied)
      .with_help("who approves runs: plumb approve --policy POLICY " +
                 asked.verdict.commit.str().substr(0, 12));
}

Result<void> Judge::check_only(const Asked& asked, const Alternative& alternative) {
  const PathChange& change = asked.change;
  const auto refuse = [&](const std::string& why) {
    return Error(kOutOfScope, why, Retry::denied)
        .with_help("rule " + quoted(asked.rule.name) + " lets " + quoted(asked.verdict.signer) +
                   " change the values of listed fields only");
  };
  const std::string path = quoted(change.path);
  if (asked.commit.parents.size() > 1) return refuse(path + ": a merge is no change of fields");
  if (!change.before || !change.after) return refuse(path + ": the file comes or goes");
  const uint32_t mode = change.before->mode;
  if (change.after->mode != mode || (mode != kFileMode && mode != kProgramMode)) {
    return refuse(path + ": it is not the same kind of file before and after");
  }
  if (!alternative.only_rendered.empty()) {
    const ObjectId was = TRY(objects_.commit(asked.commit.parents[0]))->tree;
    const Result<void> rendered =
        rendered_.check(was, asked.commit.tree, change.path, alternative.only_rendered);
    if (!rendered && rendered.error().retry() == Retry::transient) return rendered.error();
    if (!rendered) return refuse(path + ": " + rendered.error().message());
  }
  if (alternative.only_source.empty()) return {};
  const auto before = objects_.bytes(change.before->id.str(), GitObjectKind::blob, kMaxFileBytes);
  const auto after = objects_.bytes(change.after->id.str(), GitObjectKind::blob, kMaxFileBytes);
  for (const Result<std::string>* one : {&before, &after}) {
    if (*one) continue;
    if (one->error().code() == kBudgetExceeded) return refuse(path + ": it is larger than 3 MiB");
    return one->error();
  }
  Budget budget;
  const Result<void> scope =
      check_scope(*before, *after, change.path, alternative.only_source, budget);
  if (!scope) return refuse(scope.error().message());
  return {};
}

Result<Judge::Rules> Judge::repository_rules(const ObjectId& tree) {
  const std::optional<TreeItem> file = TRY(objects_.item(tree, kRepositoryPolicy));
  if (!file) return Rules();
  const auto known = repository_rules_.find(file->id);
  if (known != repository_rules_.end()) return known->second;
  const auto refuse = [](const std::string& why) {
    return Error(kBadRepositoryRules, std::string(kRepositoryPolicy) + ": " + why, Retry::denied)
        .with_help("mend it in a commit that the rules before it allow");
  };
  if (file->mode != kFileMode) return refuse("it is no plain file");
  Budget budget;
  const std::string text = TRY(objects_.bytes(file->id.str(), GitObjectKind::blob, kMaxFileBytes));
  Result<std::vector<Rule>> rules =
      read_trust_rules(text, kRepositoryPolicy, request_.policy, budget);
  if (!rules) return refuse(rules.error().summary());
  Rules shared = std::make_shared<const std::vector<Rule>>(*std::move(rules));
  repository_rules_.emplace(file->id, shared);
  return shared;
}

}  // namespace plumb::trust
