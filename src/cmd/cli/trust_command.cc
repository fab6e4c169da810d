// `plumb trust`: init writes a first policy from the keys that signed a repository's commits, lint
// finds what is wrong with one, explain tells which rule governs a path.
#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "cmd/cli/commands.h"
#include "cmd/shared/trust_parts.h"
#include "core/trust/signature/armor.h"
#include "core/trust/signature/sshsig.h"
#include "core/trust/walk/commit_graph.h"
#include "core/trust/walk/tree_diff.h"
#include "lang/yaml/yaml.h"

namespace plumb::cli {

namespace {

using trust::Alternative;
using trust::Rule;
using trust::TrustPolicy;

constexpr size_t kMostLookedAt = 1000;  // commits that init reads

std::string told(const Alternative& one) {
  std::string out = one.author.empty() ? "anyone with a key" : join(one.author, " or ");
  if (one.approvals > 0) {
    out += ", with " + std::to_string(one.approvals) + " of " + join(one.from, ", ");
    out += one.author_counts ? " (who signs it counts)" : " (not who signs it)";
  }
  const auto add = [&](const trust::FieldRule& field, const char* where) {
    out += std::string("\n      only ") + where + field.at.text();
    if (field.value) out += " = " + field.value->text();
    if (field.monotonic_semver) out += ", never an older version";
  };
  for (const trust::FieldRule& field : one.only_source) add(field, "");
  for (const trust::FieldRule& field : one.only_rendered) add(field, "rendered ");
  return out;
}

Result<int> explain(const Session& session, const TrustCommand& command) {
  if (command.path.empty()) {
    return Error(kUsage, "plumb trust explain needs a path")
        .with_help("example: plumb trust explain apps/web/values.yaml --policy policy.yaml");
  }
  const TrustPolicy policy = TRY(load_policy(command.policy));
  std::string out;
  for (const Rule& rule : policy.rules) {
    for (const trust::PathGlob& glob : rule.paths) {
      if (!glob.matches(command.path)) continue;
      out = safe(command.path) + " is governed by rule " + safe(rule.name) + " (" +
            safe(glob.text()) + "); it may be changed by\n";
      for (const Alternative& one : rule.any_of) out += "  - " + told(one) + "\n";
      TRY(session.print(out));
      return kExitOk;
    }
  }
  TRY(session.print("no rule is about " + safe(command.path) +
                    ": a commit that changes it is refused\n"));
  return kExitDifferent;
}

Result<std::vector<std::string>> paths_at(const LocalRepository& repository,
                                          const CommitId& commit) {
  trust::Objects objects(repository);
  std::vector<std::string> out;
  const ObjectId tree = TRY(objects.commit(commit))->tree;
  for (const trust::PathChange& one : TRY(trust::diff_trees(objects, {}, tree))) {
    out.push_back(one.path);
  }
  return out;
}

Result<std::vector<std::string>> check_against(const TrustPolicy& policy,
                                               const LocalRepository& repository,
                                               const trust::PolicySource& source) {
  std::vector<std::string> found;
  const Result<ObjectId> tip = repository.resolve(source.ref.str() + "^{commit}");
  if (!tip) {
    found.push_back(source.ref.str() + " is not in this clone");
    return found;
  }
  trust::Objects objects(repository);
  trust::CommitGraph graph(objects);
  const Result<bool> holds = graph.is_ancestor(policy.anchor, CommitId(tip->str()));
  if (!holds || !*holds) {
    found.push_back("the anchor " + policy.anchor.str() + " is no ancestor of " + source.ref.str());
  }
  const std::vector<std::string> paths = TRY(paths_at(repository, CommitId(tip->str())));
  for (const Rule& rule : policy.rules) {
    const bool used = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      return policy.rule_for(path) == &rule;
    });
    if (!used) found.push_back("rule " + rule.name + " governs no file of " + source.ref.str());
  }
  for (const std::string& path : paths) {
    if (policy.rule_for(path) == nullptr) {
      found.push_back("no rule is about " + path);
      break;
    }
  }
  return found;
}

Result<int> lint(const Session& session, const TrustCommand& command) {
  const TrustPolicy policy = TRY(load_policy(command.policy));
  const std::unique_ptr<LocalRepository> repository =
      TRY(LocalRepository::open(command.repository));
  std::vector<std::string> found;
  for (const trust::PolicySource& source : policy.sources) {
    for (std::string& one : TRY(check_against(policy, *repository, source))) {
      found.push_back(std::move(one));
    }
  }
  std::string out;
  for (const std::string& one : found) out += "warning: " + safe(one) + "\n";
  out += safe(policy.name) + ": " + std::to_string(policy.rules.size()) + " rules, " +
         std::to_string(policy.principals.size()) + " principals, " + std::to_string(found.size()) +
         " warnings\n";
  TRY(session.print(out));
  return found.empty() ? kExitOk : kExitDifferent;
}

// "ada" of "ada@example.com", as a name that a policy may have.
std::string name_of(const std::string& mail) {
  std::string out;
  for (const char c : to_lower(mail.substr(0, mail.find('@')))) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    out += fits ? c : '-';
  }
  return out.empty() ? "somebody" : out;
}

struct Signers {
  std::map<std::string, std::vector<std::string>> keys;  // by name; public lines
  size_t unsigned_commits = 0;
  size_t openpgp_commits = 0;
};

Result<Signers> signers_of(const LocalRepository& repository, const CommitId& tip) {
  Signers out;
  std::set<std::string> seen;
  const std::string listed = TRY(
      repository.run_git({"rev-list", "--max-count=" + std::to_string(kMostLookedAt), tip.str()}));
  trust::Objects objects(repository);
  for (const std::string& id : split(listed, '\n')) {
    if (id.empty()) continue;
    const auto commit = objects.commit(CommitId(id));
    if (!commit || !(*commit)->signature) {
      ++out.unsigned_commits;
      continue;
    }
    const Result<std::string> blob = trust::decode_ssh_armor(*(*commit)->signature);
    if (!blob) {
      ++out.openpgp_commits;
      continue;
    }
    const Result<trust::SshSignature> signature = trust::parse_sshsig(*blob);
    const Result<trust::SshPublicKey> key = signature
                                                ? trust::parse_ssh_key_blob(signature->key_blob)
                                                : Result<trust::SshPublicKey>(signature.error());
    if (!key || !seen.insert(key->blob).second) continue;
    out.keys[name_of((*commit)->committer.mail)].push_back(
        std::string(trust::name_of(key->algorithm)) + " " + base64_encode(key->blob));
  }
  return out;
}

Value first_rule(const std::vector<std::string>& names) {
  List who(names.begin(), names.end());
  const Value alternative = names.size() > 1
                                ? Value::map({{"approvals", 1}, {"from", Value(std::move(who))}})
                                : Value::map({{"author", Value(std::move(who))}});
  return Value::map({{"name", "everything"},
                     {"paths", Value::list({"**"})},
                     {"anyOf", Value::list({alternative})}});
}

Result<int> init(const Session& session, const TrustCommand& command) {
  const std::unique_ptr<LocalRepository> repository =
      TRY(LocalRepository::open(command.repository));
  const CommitId head = TRY(repository->resolve_commit("HEAD"));
  const Signers signers = TRY(signers_of(*repository, head));
  if (signers.keys.empty()) {
    return Error(kUsage, "none of the last commits has an SSH signature")
        .with_help(
            "sign commits first: git config gpg.format ssh, user.signingKey, "
            "commit.gpgSign true; keys of OpenPGP are added to the policy by hand");
  }
  const Result<std::string> url = repository->run_git({"remote", "get-url", "origin"});
  const Result<std::string> branch = repository->run_git({"symbolic-ref", "HEAD"});
  std::vector<std::string> names;
  List principals;
  for (const auto& [name, keys] : signers.keys) {
    names.push_back(name);
    principals.push_back(
        Value::map({{"name", name}, {"keys", Value(List(keys.begin(), keys.end()))}}));
  }
  const std::string ref = !command.ref.empty() ? command.ref
                          : branch             ? std::string(trim(*branch))
                                               : "refs/heads/main";
  const Value source =
      Value::map({{"url", url ? std::string(trim(*url)) : "https://git.example.com/org/config.git"},
                  {"ref", ref}});
  const Value policy =
      Value::map({{"apiVersion", "plumb.dev/v1alpha1"},
                  {"kind", "TrustPolicy"},
                  {"metadata", Value::map({{"name", "main"}})},
                  {"spec", Value::map({{"sources", Value::list({source})},
                                       {"anchor", head.str()},
                                       {"mode", "audit"},
                                       {"principals", Value(std::move(principals))},
                                       {"rules", Value::list({first_rule(names)})}})}});
  session.progress(
      "whose key is whose was guessed from addresses in commits, which prove nothing: "
      "compare each with its owner");
  session.progress("give the key of CI kind: bot; see docs/trust.md; then set mode: enforce");
  TRY(session.print(yaml::write(policy)));
  return kExitOk;
}

}  // namespace

Result<int> run(const Session& session, const TrustCommand& command) {
  if (command.action == "heartbeat") return sign_heartbeat(session, command);
  if (command.action == "explain") return explain(session, command);
  if (command.action == "lint") return lint(session, command);
  if (command.action == "init") return init(session, command);
  return Error(kUsage, "plumb trust knows no \"" + safe(command.action) + "\"")
      .with_help("plumb trust init, lint, explain or heartbeat");
}

}  // namespace plumb::cli
