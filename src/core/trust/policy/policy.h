// TrustPolicy: who may change what, decoded and checked. The resource is cluster-scoped; the same
// text as a file gives the same policy (`plumb verify --policy`). Made by decode_trust_policy
// alone; a value; immutable; thread safe.
//
// In order, for each commit since the last accepted one: the signature is by a key of a principal;
// for each path that it changes the FIRST rule whose paths match governs; of that rule one
// alternative must hold in full; no rule: refused.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "core/trust/policy/field_pattern.h"
#include "core/trust/policy/glob.h"
#include "core/trust/signature/public_key.h"
#include "lang/value/field_lines.h"
#include "lang/value/value.h"
#include "model/git.h"

namespace plumb::trust {

enum class PrincipalKind {
  human,
  bot,    // never an approver
  forge,  // may sign clean merges, and what humans approved; never an approver
};
[[nodiscard]] const char* to_string(PrincipalKind kind);

struct Principal {
  std::string name;
  PrincipalKind kind = PrincipalKind::human;
  std::vector<KeyFingerprint> keys;
  // By the operator's clock, at the time of the verification: what a commit says of its own time
  // proves nothing.
  std::optional<WallTime> not_before = {};
  std::optional<WallTime> not_after = {};
};

// What a change may be, field by field; all that it does must be one of these.
struct FieldRule {
  FieldPattern at;
  std::optional<ValuePattern> value = {};  // of what stands there afterwards
  bool monotonic_semver = false;           // it may not become an older version
};

// Holds when all that is set holds.
struct Alternative {
  std::vector<std::string> author;  // who signed is one of these; empty: any principal
  int approvals = 0;                // so many different humans of `from`
  std::vector<std::string> from;
  bool author_counts = false;            // the signature on the commit is an approval by its signer
  std::vector<FieldRule> only_source;    // of the files
  std::vector<FieldRule> only_rendered;  // of what the apps render to; of all of them
};

struct Rule {
  std::string name;
  std::vector<PathGlob> paths;
  std::vector<Alternative> any_of;

  [[nodiscard]] bool matches(std::string_view path) const;
};

struct PolicySource {
  std::string url;  // as written; who compares brings both to one form
  RefName ref;
};

struct RefusedKey {
  KeyFingerprint key;
  // Compromised: commits after this one that the key signed are doubtful, though accepted once.
  std::optional<CommitId> since = {};
};

// How old the newest signature or heartbeat may become.
struct FreshnessRule {
  Duration max_age{};
  bool freeze_new = false;  // no new commit is accepted that is older; else it is told, no more
};

struct TrustPolicy {
  std::string name;
  std::vector<PolicySource> sources;
  CommitId anchor;
  bool audit = false;  // verdicts only, nothing is held back
  std::vector<Principal> principals;
  std::vector<RefusedKey> revoked;      // no new commit by these
  std::vector<RefusedKey> compromised;  // neither, and `since` is looked at again
  std::vector<PathGlob> apps;           // folders that are rendered, for only.rendered
  std::vector<Rule> rules;
  uint64_t max_walk = 10'000;
  std::optional<FreshnessRule> freshness = {};
  KeySet keys;      // of all principals
  Digest digest{};  // of the spec: the identity of the policy in records

  [[nodiscard]] const Principal* principal(std::string_view name) const;
  [[nodiscard]] const Principal* owner_of(const KeyFingerprint& key) const;
  // The first rule that matches; nullptr: none.
  [[nodiscard]] const Rule* rule_for(std::string_view path) const;
};

// Where a policy was read, for errors. Borrowed.
struct PolicyText {
  std::string file = {};              // "" for a resource of the cluster
  const FieldLines* lines = nullptr;  // may be null
};

// Every error is in the one Error. Refused besides what has no sense alone: principals that are not
// there, keys of two principals, short key ids, bots as approvers, more approvals than approvers,
// rules that can never govern.
[[nodiscard]] Result<TrustPolicy> decode_trust_policy(const Value& body, const PolicyText& text);

// The rules of a repository's own .plumb/policy.yaml (kind TrustRules), for the principals of
// `policy`: they only narrow.
[[nodiscard]] Result<std::vector<Rule>> decode_trust_rules(const Value& body,
                                                           const TrustPolicy& policy,
                                                           const PolicyText& text);

}  // namespace plumb::trust
