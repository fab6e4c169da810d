// Trust: decides whether a revision may be applied, and is the only maker of VerifiedRevision.
//
// A repository whose URL a TrustPolicy names is judged by it (core/trust/walk), whatever else is
// declared. Without one a revision passes only when its Repository is declared `trust: none` or the
// operator was started with --trust=none, and says so in VerifiedRevision::policy; --trust=required
// takes neither. There is no default that lets a commit through. Pure; reentrant.
#pragma once

#include <string>

#include "base/result.h"
#include "core/trust/walk/walk.h"
#include "model/git.h"

namespace plumb::trust {

inline constexpr ErrorCode kNoTrustPolicy{401, "NoTrustPolicy"};
inline constexpr ErrorCode kUnknownTrustPolicy{402, "UnknownTrustPolicy"};

inline constexpr ErrorCode kTrustRequired{403, "TrustRequired"};

inline constexpr const char* kPolicyNone = "none";
inline constexpr const char* kPolicyRequired = "required";

struct TrustInput {
  std::string repository;            // "namespace/name", for messages
  std::string declared = {};         // Repository spec.trust: "none" or ""
  std::string operator_policy = {};  // --trust: "none", "required" or ""
};

[[nodiscard]] Result<VerifiedRevision> verify(const Revision& revision, const TrustInput& input);

// What a policy says of a revision. Under `mode: audit` a refusal is told, and the revision passes.
struct Judgement {
  VerifiedRevision verified;
  WalkVerdict verdict;
};

// `request.tip` must lead to revision.commit. A refusal is an Error with the commit and the rule.
[[nodiscard]] Result<Judgement> verify(const Revision& revision, const WalkRequest& request);

// A revision that was in force before, without judging it again: it is the last accepted commit or
// one of those that led to it, from the anchor on. kNotFastForward where it is neither.
[[nodiscard]] Result<VerifiedRevision> verify_kept(const Revision& revision,
                                                   const TrustPolicy& policy,
                                                   const GitObjectSource& objects,
                                                   const std::optional<CommitId>& last_accepted);

// Who holds one may construct a VerifiedRevision; verify alone can make one.
class VerifiedRevisionKey {
 public:
  VerifiedRevisionKey(const VerifiedRevisionKey&) = delete;
  VerifiedRevisionKey& operator=(const VerifiedRevisionKey&) = delete;

 private:
  explicit VerifiedRevisionKey() = default;
  friend Result<VerifiedRevision> verify(const Revision& revision, const TrustInput& input);
  friend Result<Judgement> verify(const Revision& revision, const WalkRequest& request);
  friend Result<VerifiedRevision> verify_kept(const Revision& revision, const TrustPolicy& policy,
                                              const GitObjectSource& objects,
                                              const std::optional<CommitId>& last_accepted);
};

}  // namespace plumb::trust
