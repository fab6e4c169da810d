#include "core/audit/commits.h"

#include <set>

#include "base/text.h"
#include "core/trust/walk/commit_graph.h"
#include "core/trust/walk/objects.h"

namespace plumb::audit {
namespace {

constexpr uint64_t kMaxCommitBytes = 1 << 20;
constexpr const char* kRewound = "Rewound";

std::string short_id(const std::string& id) {
  return escape_terminal(id.substr(0, 12));
}

class CommitCheck {
 public:
  explicit CommitCheck(const CommitChecks& checks)
      : checks_(checks), objects_(checks.objects), graph_(objects_) {}

  Result<void> take(const Record& record) {
    const Entry& entry = record.entry;
    if (entry.commit.empty()) return {};
    const bool refused = entry.verdict == Verdict::refused;
    if (!TRY(is_there(entry.commit))) {
      // What was refused may be gone from the repository: it was never to be in it.
      if (!refused) flaw(record, "its commit " + short_id(entry.commit) + " is not in the clone");
      return {};
    }
    if (refused) return {};
    if (entry.verdict == Verdict::accepted) return take_accepted(record);
    return take_applied(record);
  }

  CommitReport finish() && {
    out_.commits = there_.size();
    return std::move(out_);
  }

 private:
  void flaw(const Record& record, const std::string& what) {
    if (out_.flaws.size() >= kMostFlaws) return;
    out_.flaws.push_back({Flaw::Kind::altered, record.number, "", 0,
                          "record " + std::to_string(record.number) + ": " + what});
  }

  Result<bool> is_there(const std::string& id) {
    if (!parse_commit_id(id)) return false;
    if (there_.contains(id)) return true;
    const std::optional<GitObject> object = TRY(checks_.objects.read_object(id, kMaxCommitBytes));
    if (!object || object->kind != GitObjectKind::commit) return false;
    there_.insert(id);
    return true;
  }

  const trust::TrustPolicy* policy_of(const Entry& entry, trust::PolicySource& source) const {
    for (const trust::TrustPolicy& policy : checks_.policies) {
      for (const trust::PolicySource& one : policy.sources) {
        // The policy may write the URL in another form than the one that was recorded.
        if (one.ref.str() != entry.ref || policy.name != entry.policy) continue;
        source = one;
        if (one.url == entry.url) return &policy;
      }
      if (!source.url.empty()) return &policy;
    }
    return nullptr;
  }

  Result<void> take_accepted(const Record& record) {
    const Entry& entry = record.entry;
    accepted_[entry.repository].insert(entry.commit);
    trust::PolicySource source;
    const trust::TrustPolicy* policy = policy_of(entry, source);
    if (policy != nullptr) {
      accepted_[entry.repository].insert(policy->anchor.str());
      return judge(record, *policy, source);
    }
    ++out_.foreign;
    if (entry.from.empty() || entry.policy == "none" || entry.reason == kRewound) return {};
    if (!TRY(is_there(entry.from))) {
      flaw(record, "the commit before it, " + short_id(entry.from) + ", is not in the clone");
      return {};
    }
    if (!TRY(graph_.is_ancestor(CommitId(entry.from), CommitId(entry.commit)))) {
      flaw(record, short_id(entry.commit) + " does not descend from " + short_id(entry.from) +
                       ", which was accepted before");
    }
    return {};
  }

  Result<void> judge(const Record& record, const trust::TrustPolicy& policy,
                     const trust::PolicySource& source) {
    const Entry& entry = record.entry;
    ++out_.judged;
    // As of then: what has expired since was in force.
    const trust::WalkRequest request{
        .policy = policy,
        .objects = checks_.objects,
        .source = source,
        .tip = ObjectId(entry.tag.empty() ? entry.commit : entry.tag),
        .last_accepted = entry.from.empty() ? std::nullopt : std::optional(CommitId(entry.from)),
        .statements = checks_.statements,
        .now = entry.time,
        .openpgp = checks_.openpgp,
        .render = checks_.render};
    const trust::WalkVerdict verdict = TRY(trust::walk(request));
    if (!verdict.trusted() && !policy.audit) {
      flaw(record, "the policy " + escape_terminal(policy.name) + " does not accept " +
                       short_id(entry.commit) + ": " + verdict.refusal->message());
      return {};
    }
    for (size_t i = 0; i < entry.commits.size(); ++i) {
      const bool same = i < verdict.commits.size() &&
                        verdict.commits[i].commit == entry.commits[i].commit &&
                        verdict.commits[i].signer == entry.commits[i].signer;
      if (same) continue;
      flaw(record, "commit " + short_id(entry.commits[i].commit.str()) + " is not signed by " +
                       escape_terminal(entry.commits[i].signer) + ", or is not of those judged");
      return {};
    }
    return {};
  }

  Result<void> take_applied(const Record& record) {
    const Entry& entry = record.entry;
    const auto known = accepted_.find(entry.repository);
    if (known != accepted_.end() && known->second.contains(entry.commit)) return {};
    // The ledger may have begun later than the repository: what is found first was accepted before.
    if (known == accepted_.end()) {
      accepted_[entry.repository].insert(entry.commit);
      return {};
    }
    for (const std::string& accepted : known->second) {
      if (!TRY(is_there(accepted))) continue;
      if (TRY(graph_.is_ancestor(CommitId(entry.commit), CommitId(accepted)))) return {};
    }
    flaw(record, "no record before it accepted the commit " + short_id(entry.commit) + " that " +
                     escape_terminal(entry.app) + " was brought to");
    return {};
  }

  const CommitChecks& checks_;
  trust::Objects objects_;
  trust::CommitGraph graph_;
  CommitReport out_;
  std::set<std::string> there_;
  std::map<std::string, std::set<std::string>> accepted_;  // by repository
};

}  // namespace

Result<CommitReport> check_commits(const std::vector<Record>& records, const CommitChecks& checks) {
  CommitCheck check(checks);
  for (const Record& record : records) TRY(check.take(record));
  return std::move(check).finish();
}

}  // namespace plumb::audit
