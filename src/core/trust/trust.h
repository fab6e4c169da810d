// Trust: decides whether a revision may be applied, and is the only maker of VerifiedRevision.
//
// Policy `none` is the only one so far: a revision passes when its Repository is declared
// `trust: none` or the operator was started with --trust=none, and says so in
// VerifiedRevision::policy. Everything else is refused; there is no default that lets a commit
// through. Pure; reentrant.
#pragma once

#include <string>

#include "base/result.h"
#include "model/git.h"

namespace plumb::trust {

inline constexpr ErrorCode kNoTrustPolicy{401, "NoTrustPolicy"};
inline constexpr ErrorCode kUnknownTrustPolicy{402, "UnknownTrustPolicy"};

inline constexpr const char* kPolicyNone = "none";

struct TrustInput {
  std::string repository;            // "namespace/name", for messages
  std::string declared = {};         // Repository spec.trust: "none" or ""
  std::string operator_policy = {};  // --trust: "none" or ""; used where the Repository is silent
};

[[nodiscard]] Result<VerifiedRevision> verify(const Revision& revision, const TrustInput& input);

// Who holds one may construct a VerifiedRevision; verify alone can make one.
class VerifiedRevisionKey {
 public:
  VerifiedRevisionKey(const VerifiedRevisionKey&) = delete;
  VerifiedRevisionKey& operator=(const VerifiedRevisionKey&) = delete;

 private:
  explicit VerifiedRevisionKey() = default;
  friend Result<VerifiedRevision> verify(const Revision& revision, const TrustInput& input);
};

}  // namespace plumb::trust
