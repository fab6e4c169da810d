#include "core/trust/trust.h"

#include "base/text.h"

namespace plumb::trust {

Result<VerifiedRevision> verify(const Revision& revision, const TrustInput& input) {
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
            "set spec.trust: none in the Repository to apply its commits unverified, or start the "
            "operator with --trust=none");
  }
  return Error(kUnknownTrustPolicy,
               "repository " + escape_terminal(input.repository) + " asks for trust policy \"" +
                   escape_terminal(policy) + "\", which is not known",
               Retry::denied)
      .with_help("the only value of spec.trust and --trust is \"none\"");
}

}  // namespace plumb::trust
