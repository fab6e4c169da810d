// The nouns of Git: commit and object ids, refs, revisions, and VerifiedRevision, the only kind
// that may be applied. Values; thread safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/strong.h"

namespace plumb {

inline constexpr ErrorCode kBadRef{310, "BadRef"};
inline constexpr ErrorCode kBadCommitId{311, "BadCommitId"};

// A commit, 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
using CommitId = StrongString<struct CommitIdTag>;
// A blob or tree, same form.
using ObjectId = StrongString<struct ObjectIdTag>;
// A full ref name: "refs/heads/main".
using RefName = StrongString<struct RefNameTag>;

// Where principals say that a tip is the newest (core/trust/walk/freshness.h).
inline constexpr const char* kHeartbeatRef = "refs/plumb/heartbeat";

[[nodiscard]] Result<CommitId> parse_commit_id(std::string_view text);
// Checks git's ref grammar (git-check-ref-format) and refuses what could be read as an option or a
// range.
[[nodiscard]] Result<RefName> parse_ref_name(std::string_view text);
[[nodiscard]] std::string abbreviated(const CommitId& commit);  // 12 digits

// What was found at a ref of a repository at one time. Text fields are as written by the author:
// not trusted.
struct Revision {
  std::string url;  // without user and password
  RefName ref;      // the ref that was resolved; "refs/tags/v1.2.3" when chosen by a version range
  CommitId commit;
  WallTime committed_at{};
  std::string author;   // "Name <mail>"
  std::string subject;  // first line of the message

  // "main@3f1c2ab…", the form of status fields (Flux: "main@sha1:…").
  [[nodiscard]] std::string display() const;
  friend bool operator==(const Revision&, const Revision&) = default;
};

namespace trust {
class VerifiedRevisionKey;  // core/trust alone can make one
}

// Under which rule of a trust policy a commit was allowed, and who approved it.
struct Grant {
  std::string rule;
  std::vector<std::string> approvers;  // names of principals

  friend bool operator==(const Grant&, const Grant&) = default;
};

// A revision that the trust policy accepted. Made only by core/trust: applying anything else does
// not compile.
class VerifiedRevision {
 public:
  VerifiedRevision(const trust::VerifiedRevisionKey&, Revision revision, std::string policy,
                   std::string signer, std::vector<Grant> grants = {})
      : revision_(std::move(revision)),
        policy_(std::move(policy)),
        signer_(std::move(signer)),
        grants_(std::move(grants)) {}

  [[nodiscard]] const Revision& revision() const { return revision_; }
  // "none" where the repository is declared `trust: none`; else the name of the policy.
  [[nodiscard]] const std::string& policy() const { return policy_; }
  [[nodiscard]] const std::string& signer() const { return signer_; }  // "" where none is known
  [[nodiscard]] const std::vector<Grant>& grants() const { return grants_; }  // of its commit

 private:
  Revision revision_;
  std::string policy_;
  std::string signer_;
  std::vector<Grant> grants_;
};

}  // namespace plumb
