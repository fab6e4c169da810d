#include "core/trust/walk/walk.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "core/trust/walk/judge.h"
#include "core/trust/walk/statement_files.h"

namespace plumb::trust {
namespace {

constexpr uint64_t kMaxTagBytes = 1 << 20;
constexpr size_t kMostStatements = 5000;  // looked at in one walk
constexpr const char* kTags = "refs/tags/";

Error refused(ErrorCode code, const std::string& message) {
  return Error(code, message, Retry::denied);
}

std::string short_id(const std::string& id) {
  return id.substr(0, 12);
}

class Walk {
 public:
  explicit Walk(const WalkRequest& request)
      : request_(request), objects_(request.objects), graph_(objects_) {}

  Result<WalkVerdict> run() {
    verdict_.from = request_.last_accepted.value_or(request_.policy.anchor);
    if (!is_source()) {
      verdict_.refusal = refused(
          kNotASource, "the policy \"" + escape_terminal(policy().name) + "\" says nothing of " +
                           request_.source.ref.str() + " of this repository");
      return verdict_;
    }
    if (const Result<void> tip = resolve_tip(); !tip) {
      if (tip.error().retry() == Retry::transient) return tip.error();
      verdict_.refusal = tip.error();
      return verdict_;
    }
    Result<NewCommits> found = graph_.since(verdict_.from, verdict_.tip, policy().max_walk);
    if (!found && found.error().retry() == Retry::transient) return found.error();
    if (!found) {
      verdict_.refusal = found.error();
      return verdict_;
    }
    if (!found->fast_forward) {
      std::optional<Rewind> rewind = TRY(signed_rewind());
      if (!rewind) {
        verdict_.refusal = not_fast_forward();
        return verdict_;
      }
      verdict_.rewound = true;
      verdict_.from = rewind->to;
      found = TRY(graph_.since(verdict_.from, verdict_.tip, policy().max_walk));
    }
    TRY(judge(*found));
    TRY(look_back());
    TRY(check_freshness());
    return verdict_;
  }

 private:
  const TrustPolicy& policy() const { return request_.policy; }

  bool is_source() const {
    return std::any_of(policy().sources.begin(), policy().sources.end(), [&](const auto& one) {
      return one.url == request_.source.url && one.ref == request_.source.ref;
    });
  }

  Error not_fast_forward() {
    std::string text =
        short_id(verdict_.tip.str()) + " does not descend from " + short_id(verdict_.from.str()) +
        (request_.last_accepted ? ", the last accepted commit" : ", the anchor of the policy");
    for (const std::string& note : rewind_notes_) text += "; " + note;
    return refused(kNotFastForward, text)
        .with_help("go back by git revert; or sign a rewind statement (docs/trust.md)");
  }

  Result<void> resolve_tip() {
    const std::string& ref = request_.source.ref.str();
    std::optional<GitObject> object =
        TRY(request_.objects.read_object(request_.tip.str(), kMaxTagBytes));
    if (!object) {
      return Error(kMissingObject, "object " + request_.tip.str() + " is not in the repository",
                   Retry::transient);
    }
    if (!ref.starts_with(kTags)) {
      verdict_.tip = CommitId(request_.tip.str());
      if (object->kind == GitObjectKind::commit) return {};
      return refused(kMissingObject, ref + " is no commit");
    }
    return resolve_tag(*object, ref.substr(std::string_view(kTags).size()));
  }

  Result<void> resolve_tag(const GitObject& object, const std::string& name) {
    if (object.kind != GitObjectKind::tag) {
      return refused(kLightweightTag, "the tag " + escape_terminal(name) + " is not annotated")
          .with_help("make it with git tag -s");
    }
    const Result<TagObject> tag = parse_tag(object.bytes, format_of(CommitId(request_.tip.str())));
    if (!tag) return tag.error();
    if (tag->name != name || tag->type != "commit") {
      return refused(kWrongTag, "refs/tags/" + escape_terminal(name) + " holds the tag \"" +
                                    escape_terminal(shorten(tag->name)) + "\" of a " + tag->type);
    }
    if (request_.pinned_tag && *request_.pinned_tag != request_.tip) {
      return refused(kTagMoved, "the tag " + escape_terminal(name) + " moved from " +
                                    short_id(request_.pinned_tag->str()) + " to " +
                                    short_id(request_.tip.str()));
    }
    const VerifiedSignature signature = TRY(verify_tag(*tag, policy().keys, options()));
    const Principal* signer = TRY(signer_of(policy(), signature, request_.now));
    if (signer->kind != PrincipalKind::human) {
      return refused(kNotAllowed, "the tag is signed by \"" + escape_terminal(signer->name) +
                                      "\", a " + to_string(signer->kind));
    }
    verdict_.tip = CommitId(tag->object.str());
    return {};
  }

  VerifyOptions options() const { return {.now = request_.now, .openpgp = request_.openpgp}; }

  std::vector<std::string> files_at(const RefName& ref) {
    return statement_files(objects_, request_.statements, ref, statements_left_);
  }

  // The commits between base and the one on the first line that has the approved tree.
  Result<std::optional<std::set<CommitId>>> covered(const Approval& claim,
                                                    const NewCommits& found) {
    std::optional<size_t> begin;
    if (claim.base == verdict_.from) begin = 0;
    for (size_t i = 0; i < found.first_line.size(); ++i) {
      if (found.first_line[i] == claim.base) begin = i + 1;
    }
    if (!begin) return std::optional<std::set<CommitId>>();
    for (size_t i = *begin; i < found.first_line.size(); ++i) {
      const auto commit = objects_.commit(found.first_line[i]);
      if (!commit || (*commit)->tree != claim.tree) continue;
      const NewCommits between =
          TRY(graph_.since(claim.base, found.first_line[i], policy().max_walk));
      return std::optional(std::set<CommitId>(between.commits.begin(), between.commits.end()));
    }
    return std::optional<std::set<CommitId>>();
  }

  Result<void> take_approval(const std::string& file, const NewCommits& found) {
    const Result<Signed<Approval>> read = read_approval(file, policy(), options());
    if (!read && read.error().retry() == Retry::transient) return read.error();
    if (!read) {
      approvals_.notes.push_back("an approval does not count: " + read.error().message());
      return {};
    }
    const Approval& claim = read->claim;
    const auto skip = [&](const std::string& why) {
      approvals_.notes.push_back("an approval by " + read->signer + " does not count: " + why);
    };
    const Principal* signer = policy().principal(read->signer);
    if (signer->kind != PrincipalKind::human) {
      skip("a " + std::string(to_string(signer->kind)) + " never approves");
    } else if (claim.repo != request_.source.url) {
      skip("it is for the repository " + escape_terminal(shorten(claim.repo)));
    } else if (claim.ref != request_.source.ref) {
      skip("it is for " + claim.ref.str());
    } else if (!request_.now || claim.expires <= *request_.now) {
      skip("it expired at " + format_rfc3339(claim.expires));
    } else if (auto commits = TRY(covered(claim, found))) {
      approvals_.counted.push_back({read->signer, claim.rule, *std::move(commits)});
    } else {
      skip("it is of another change: from " + short_id(claim.base.str()) + " to the tree " +
           short_id(claim.tree.str()));
    }
    return {};
  }

  // Approvals are looked for at the trees of the first line alone: that is what is approved.
  Result<void> collect_approvals(const NewCommits& found) {
    std::set<ObjectId> seen;
    for (const CommitId& id : found.first_line) {
      const auto commit = objects_.commit(id);
      if (!commit || !seen.insert((*commit)->tree).second) continue;
      const RefName ref(kApprovalRefs + (*commit)->tree.str());
      for (const std::string& file : files_at(ref)) TRY(take_approval(file, found));
    }
    return {};
  }

  Result<void> judge(const NewCommits& found) {
    TRY(collect_approvals(found));
    Judge judge(request_, objects_, graph_, approvals_);
    for (const CommitId& id : found.commits) {
      verdict_.commits.push_back(TRY(judge.judge(id)));
      const CommitVerdict& last = verdict_.commits.back();
      if (last.refusal && !verdict_.refusal) {
        verdict_.refusal = last.refusal->while_doing("judging commit " + id.str());
      }
      if (last.refusal && request_.stop_at_first) return {};
    }
    return {};
  }

  // The most approvals that any rule asks for, and from whom.
  const Alternative* strictest() const {
    const Alternative* out = nullptr;
    for (const Rule& rule : policy().rules) {
      for (const Alternative& one : rule.any_of) {
        if (one.approvals > 0 && (out == nullptr || one.approvals > out->approvals)) out = &one;
      }
    }
    return out;
  }

  Result<std::optional<Rewind>> signed_rewind() {
    const Alternative* asked = strictest();
    if (asked == nullptr) return std::optional<Rewind>();
    std::map<std::string, std::set<std::string>> signers;  // by the commit to go back to
    std::optional<Rewind> claim;
    const RefName ref(kRewindRefs + verdict_.from.str());
    for (const std::string& file : files_at(ref)) {
      const Result<Signed<Rewind>> read = read_rewind(file, policy(), options());
      if (!read) {
        rewind_notes_.push_back("a rewind statement does not count: " + read.error().message());
        continue;
      }
      const Rewind& one = read->claim;
      const bool is_this = one.repo == request_.source.url && one.ref == request_.source.ref &&
                           one.from == verdict_.from;
      const bool may =
          std::find(asked->from.begin(), asked->from.end(), read->signer) != asked->from.end();
      const bool expired = !request_.now || one.expires <= *request_.now;
      if (!is_this || !may || expired) {
        rewind_notes_.push_back("a rewind statement by " + read->signer + " does not count" +
                                (expired ? ": it expired" : ""));
        continue;
      }
      signers[one.to.str()].insert(read->signer);
      if (signers[one.to.str()].size() >= static_cast<size_t>(asked->approvals)) claim = one;
    }
    if (!claim) return claim;
    // Back to a commit that was accepted: before the present one, not before the anchor.
    const bool was_accepted = TRY(graph_.is_ancestor(claim->to, verdict_.from)) &&
                              TRY(graph_.is_ancestor(policy().anchor, claim->to));
    if (was_accepted) return claim;
    rewind_notes_.emplace_back("the rewind statement names a commit that was never accepted");
    return std::optional<Rewind>();
  }

  Result<void> look_back() {
    if (!request_.last_accepted) return {};
    verdict_.doubtful =
        TRY(doubtful_commits(policy(), objects_, *request_.last_accepted, options()));
    return {};
  }

  Result<void> check_freshness() {
    if (!policy().freshness || !request_.now || !verdict_.trusted()) return {};
    verdict_.freshness = TRY(freshness_of({.policy = policy(),
                                           .objects = objects_,
                                           .source = request_.source,
                                           .tip = verdict_.tip,
                                           .statements = request_.statements,
                                           .now = *request_.now,
                                           .openpgp = request_.openpgp}));
    const bool fresh = verdict_.freshness->is_fresh(*policy().freshness, *request_.now);
    if (fresh || !policy().freshness->freeze_new || verdict_.commits.empty()) return {};
    verdict_.refusal =
        refused(kNotFresh, short_id(verdict_.tip.str()) + " may have been withheld: " +
                               verdict_.freshness->told(*policy().freshness, *request_.now))
            .with_help("sign a heartbeat for it: plumb trust heartbeat (docs/trust.md)");
    return {};
  }

  const WalkRequest& request_;
  Objects objects_;
  CommitGraph graph_;
  Approvals approvals_;
  std::vector<std::string> rewind_notes_;
  size_t statements_left_ = kMostStatements;
  WalkVerdict verdict_;
};

}  // namespace

std::vector<Grant> grants_of(const CommitVerdict& verdict) {
  std::vector<Grant> out;
  for (const RuleUse& use : verdict.rules) out.push_back({use.rule, use.approvers});
  return out;
}

Result<WalkVerdict> walk(const WalkRequest& request) {
  return Walk(request).run();
}

Result<std::vector<CommitId>> doubtful_commits(const TrustPolicy& policy, Objects& objects,
                                               const CommitId& accepted,
                                               const VerifyOptions& options) {
  std::vector<CommitId> out;
  CommitGraph graph(objects);
  for (const RefusedKey& key : policy.compromised) {
    const NewCommits since = TRY(graph.since(*key.since, accepted, policy.max_walk));
    for (const CommitId& id : since.commits) {
      const auto commit = objects.commit(id);
      if (!commit) continue;
      const Result<VerifiedSignature> by = verify_commit(**commit, policy.keys, options);
      if (by && (by->key == key.key || by->principal_key == key.key)) out.push_back(id);
    }
  }
  return out;
}

}  // namespace plumb::trust
