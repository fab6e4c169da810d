// walk: may the tip of a source be used? Judges every commit from the last accepted one (or the
// anchor) to the tip under a TrustPolicy, as a pure function of the objects; the operator and
// `plumb verify` both call it, and nothing else decides.
//
// In order: the tip descends from the last accepted commit (or a signed rewind says otherwise); a
// tag is annotated, signed and of its ref's name; no commit is a root, none has more than two
// parents; each has one good signature by a key in force; the paths that it changes (of a merge:
// beyond putting both sides together, own_changes_of_merge) are each allowed by the first rule that
// matches; and by the repository's own .plumb/policy.yaml as its parents have it, which can only
// narrow. Where one commit fails the whole history fails.
//
// Reentrant; not thread safe on one cache. An Error is of the world: nothing was decided.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "core/trust/policy/policy.h"
#include "core/trust/signature/verification_cache.h"
#include "core/trust/signature/verify.h"
#include "core/trust/walk/freshness.h"
#include "core/trust/walk/walk_errors.h"
#include "model/git.h"
#include "model/git_object_source.h"
#include "model/manifests.h"

namespace plumb::trust {

// What a folder renders to, packed by who rendered it: a walk keeps those of many folders, and asks
// for the objects of two at a time, which go before it asks for others.
struct Rendered {
  ReadSet read_set;
  Digest digest;  // of the objects
  std::function<Result<Manifests>()> open;
};

// How a folder of a tree becomes objects: as it stands, and as each App that is known to be made of
// it changes it; the same number, in the same order, for all trees of one walk. Trust does not
// render; it asks who does.
using RenderFunction =
    std::function<Result<std::vector<Rendered>>(const SourceTree& tree, const RelPath& app)>;

// All is borrowed for the time of the call.
struct WalkRequest {
  const TrustPolicy& policy;
  const GitObjectSource& objects;
  PolicySource source;  // the one of the policy's sources that this is, as the policy writes it
  ObjectId tip;         // what the ref points to: a commit, or for refs/tags/ a tag object
  std::optional<CommitId> last_accepted = {};   // else the policy's anchor
  std::optional<ObjectId> pinned_tag = {};      // the tag object that was accepted before
  std::map<RefName, ObjectId> statements = {};  // refs/plumb/…: what each points to
  std::optional<WallTime> now = {};             // the operator's clock
  OpenPgpVerifier* openpgp = nullptr;
  VerificationCache* cache = nullptr;  // signatures that were good before; may be null
  RenderFunction render = {};          // without it no change passes `only.rendered`
  bool stop_at_first = true;           // else all commits are judged, for people
};

// Under which rule paths of a commit were allowed.
struct RuleUse {
  std::string rule;
  std::vector<std::string> approvers;  // who was counted, by name
  int needed = 0;

  friend bool operator==(const RuleUse&, const RuleUse&) = default;
};

struct CommitVerdict {
  CommitId commit;
  std::string subject;    // not trusted
  std::string author;     // "Name <mail>"; not trusted
  std::string signer;     // principal; "" where none is known
  KeyFingerprint key;     // that signed; "" where none is known
  std::string algorithm;  // "ssh-ed25519"
  bool clean_merge = false;
  std::vector<RuleUse> rules;
  std::optional<Error> refusal;
  std::string refused_path;  // where it is about one
  std::string refused_rule;
};

struct WalkVerdict {
  CommitId from;                       // exclusive
  CommitId tip;                        // the commit; for a tag, the one that it names
  std::vector<CommitVerdict> commits;  // oldest first
  std::optional<Error> refusal;        // of the history as a whole, or the first of a commit
  bool rewound = false;                // a rewind statement was used
  // Commits accepted once that a compromised key signed after `since`: an alarm, not a refusal.
  std::vector<CommitId> doubtful;
  // Of the tip, where the policy asks and it is trusted otherwise. A tip that is not fresh is
  // refused only under `freezeNew`, and only where it is new.
  std::optional<Freshness> freshness;

  [[nodiscard]] bool trusted() const { return !refusal; }
};

[[nodiscard]] std::vector<Grant> grants_of(const CommitVerdict& verdict);

[[nodiscard]] Result<WalkVerdict> walk(const WalkRequest& request);

// Commits up to an accepted one that a key signed which the policy says was in wrong hands since.
[[nodiscard]] Result<std::vector<CommitId>> doubtful_commits(const TrustPolicy& policy,
                                                             Objects& objects,
                                                             const CommitId& accepted,
                                                             const VerifyOptions& options);

}  // namespace plumb::trust
