#include "core/trust/trust.h"

#include "base/text.h"
#include "core/trust/walk/commit_graph.h"

namespace plumb::trust {

Result<VerifiedRevision> verify(const Revision& revision, const TrustInput& input) {
  if (input.operator_policy == kPolicyRequired) {
    return Error(kTrustRequired,
                 "no trust policy covers repository " + escape_terminal(input.repository) +
                     ", and this operator applies nothing without one",
                 Retry::denied)
        .with_help("name its URL and ref in spec.sources of a TrustPolicy");
  }
  const std::string& policy = input.declared.empty() ? input.operator_policy : input.declared;
  if (policy == kPolicyNone) {
    return VerifiedRevision(VerifiedRevisionKey(), revision, kPolicyNone, "");
  }
  if (policy.empty()) {
    return Error(kNoTrustPolicy,
                 "no trust policy covers repository " + escape_terminal(input.repository) +
                     ", so " + escape_terminal(revision.display()) + " is not applied",
                 Retry::denied)
        .with_help(
            "name its URL and ref in spec.sources of a TrustPolicy; or set spec.trust: none in the "
            "Repository to apply its commits unverified, or start the operator with --trust=none");
  }
  return Error(kUnknownTrustPolicy,
               "repository " + escape_terminal(input.repository) + " asks for trust policy \"" +
                   escape_terminal(policy) + "\", which is not known",
               Retry::denied)
      .with_help("the only value of spec.trust and --trust is \"none\"");
}

Result<Judgement> verify(const Revision& revision, const WalkRequest& request) {
  WalkVerdict verdict = TRY(walk(request));
  if (verdict.trusted() && verdict.tip != revision.commit) {
    return Error(kInternal, "the commit that was judged is not the one to apply");
  }
  if (!verdict.trusted() && !request.policy.audit) {
    return verdict.refusal->while_doing("verifying " + escape_terminal(revision.display()) +
                                        " by trust policy " + escape_terminal(request.policy.name));
  }
  std::string signer;
  std::vector<Grant> grants;
  if (!verdict.commits.empty()) {
    signer = verdict.commits.back().signer;
    grants = grants_of(verdict.commits.back());
  }
  VerifiedRevision verified(VerifiedRevisionKey(), revision, request.policy.name, std::move(signer),
                            std::move(grants));
  return Judgement{std::move(verified), std::move(verdict)};
}

Result<VerifiedRevision> verify_kept(const Revision& revision, const TrustPolicy& policy,
                                     const GitObjectSource& objects,
                                     const std::optional<CommitId>& last_accepted) {
  Objects parsed(objects);
  CommitGraph graph(parsed);
  const CommitId last = last_accepted.value_or(policy.anchor);
  const bool was_accepted = TRY(graph.is_ancestor(revision.commit, last)) &&
                            TRY(graph.is_ancestor(policy.anchor, revision.commit));
  if (was_accepted || policy.audit) {
    return VerifiedRevision(VerifiedRevisionKey(), revision, policy.name, "");
  }
  return Error(kNotFastForward,
               escape_terminal(revision.display()) + " was not accepted by trust policy " +
                   escape_terminal(policy.name),
               Retry::denied);
}

}  // namespace plumb::trust
