// Statements: what principals sign besides commits. A statement is a line of canonical JSON, and
// below it the armour of a detached signature of that line (without its line end):
//   {"base":"…","expires":"…","ref":"refs/heads/main","repo":"…","rule":"…","tree":"…",
//    "type":"plumb-approval@v1"}
// SSH: the namespace is the type. Approvals are the files of the commit at
// refs/plumb/approvals/<tree>; a rewind those of refs/plumb/rewind/<from>; heartbeats those of
// refs/plumb/heartbeat. Values; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/trust/policy/policy.h"
#include "core/trust/signature/verify.h"
#include "core/trust/walk/walk_errors.h"

namespace plumb::trust {

inline constexpr const char* kApprovalType = "plumb-approval@v1";
inline constexpr const char* kRewindType = "plumb-rewind@v1";
inline constexpr const char* kHeartbeatType = "plumb-heartbeat@v1";
inline constexpr const char* kApprovalRefs = "refs/plumb/approvals/";
inline constexpr const char* kRewindRefs = "refs/plumb/rewind/";

// That the change from the commit `base` to the tree `tree` is approved under a rule. It binds the
// tree, not the commit: a squash or merge with the same result stays approved.
struct Approval {
  std::string repo;
  RefName ref;
  CommitId base;
  ObjectId tree;
  std::string rule;
  WallTime expires{};
};

struct Rewind {
  std::string repo;
  RefName ref;
  CommitId from;
  CommitId to;
  std::string reason;
  WallTime expires{};  // it could be used again, after the branch went forward
};

// That at a time the source showed this tip.
struct Heartbeat {
  std::string repo;
  RefName ref;
  CommitId tip;
  WallTime time{};
};

// What is to be signed.
[[nodiscard]] std::string to_text(const Approval& approval);
[[nodiscard]] std::string to_text(const Rewind& rewind);
[[nodiscard]] std::string to_text(const Heartbeat& heartbeat);

template <class Claim>
struct Signed {
  Claim claim;
  std::string signer;  // a principal; its kind and key are checked
};

// `file`: line and armour. kBadStatement, or why the signature does not count.
[[nodiscard]] Result<Signed<Approval>> read_approval(std::string_view file,
                                                     const TrustPolicy& policy,
                                                     const VerifyOptions& options);
[[nodiscard]] Result<Signed<Rewind>> read_rewind(std::string_view file, const TrustPolicy& policy,
                                                 const VerifyOptions& options);
[[nodiscard]] Result<Signed<Heartbeat>> read_heartbeat(std::string_view file,
                                                       const TrustPolicy& policy,
                                                       const VerifyOptions& options);

// The principal that a good signature is of, if its key is in force.
[[nodiscard]] Result<const Principal*> signer_of(const TrustPolicy& policy,
                                                 const VerifiedSignature& signature,
                                                 std::optional<WallTime> now);

}  // namespace plumb::trust
