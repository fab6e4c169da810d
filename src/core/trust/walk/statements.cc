#include "core/trust/walk/statements.h"

#include "base/text.h"
#include "lang/json/json.h"

namespace plumb::trust {
namespace {

constexpr size_t kLongestLine = 4096;

Error bad(const std::string& why) {
  return Error(kBadStatement, "a statement cannot be read: " + why, Retry::denied);
}

struct Opened {
  Value claim;
  std::string signer;
};

// Checks form, type and signature.
Result<Opened> open(std::string_view file, const char* type, const TrustPolicy& policy,
                    const VerifyOptions& options) {
  const size_t end = file.find('\n');
  if (end == std::string_view::npos || end > kLongestLine) return bad("it has no first line");
  const std::string_view line = file.substr(0, end);
  Budget budget;
  Result<Value> claim =
      json::parse(line, budget, {.refuse_duplicates = true, .refuse_bad_utf8 = true});
  if (!claim || json::write(*claim) != line) return bad("its first line is no canonical JSON");
  if (claim->string_at({"type"}) != type) return bad(std::string("its type is not ") + type);
  VerifyOptions of_statement = options;
  of_statement.signature_namespace = type;
  const VerifiedSignature signature =
      TRY(verify_signature(line, file.substr(end + 1), policy.keys, of_statement));
  const Principal* signer = TRY(signer_of(policy, signature, options.now));
  return Opened{*std::move(claim), signer->name};
}

Result<void> exactly(const Value& claim, const std::vector<const char*>& fields) {
  for (const char* field : fields) {
    const Value* value = claim.find(field);
    if (value == nullptr || !value->is_string()) {
      return bad(std::string("the field ") + field + " is missing");
    }
  }
  if (claim.as_map()->size() != fields.size()) return bad("it has fields that are not known");
  return {};
}

}  // namespace

std::string to_text(const Approval& approval) {
  return json::write(Value::map({{"type", kApprovalType},
                                 {"repo", approval.repo},
                                 {"ref", approval.ref.str()},
                                 {"base", approval.base.str()},
                                 {"tree", approval.tree.str()},
                                 {"rule", approval.rule},
                                 {"expires", format_rfc3339(approval.expires)}}));
}

std::string to_text(const Rewind& rewind) {
  return json::write(Value::map({{"type", kRewindType},
                                 {"repo", rewind.repo},
                                 {"ref", rewind.ref.str()},
                                 {"from", rewind.from.str()},
                                 {"to", rewind.to.str()},
                                 {"reason", rewind.reason},
                                 {"expires", format_rfc3339(rewind.expires)}}));
}

std::string to_text(const Heartbeat& heartbeat) {
  return json::write(Value::map({{"type", kHeartbeatType},
                                 {"repo", heartbeat.repo},
                                 {"ref", heartbeat.ref.str()},
                                 {"tip", heartbeat.tip.str()},
                                 {"time", format_rfc3339(heartbeat.time)}}));
}

Result<const Principal*> signer_of(const TrustPolicy& policy, const VerifiedSignature& signature,
                                   std::optional<WallTime> now) {
  const auto is_of = [&](const RefusedKey& one) {
    return one.key == signature.key || one.key == signature.principal_key;
  };
  for (const RefusedKey& one : policy.revoked) {
    if (is_of(one)) {
      return Error(kKeyRevoked, "the policy has revoked the key " + one.key.str(), Retry::denied);
    }
  }
  for (const RefusedKey& one : policy.compromised) {
    if (is_of(one)) {
      return Error(kKeyCompromised,
                   "the policy says that the key " + one.key.str() + " is in wrong hands",
                   Retry::denied);
    }
  }
  const Principal* owner = policy.owner_of(signature.principal_key);
  if (owner == nullptr) {
    return Error(kUnknownKey, "the key " + signature.principal_key.str() + " is of no principal",
                 Retry::denied);
  }
  if (!owner->not_before && !owner->not_after) return owner;
  if (!now || (owner->not_before && *now < *owner->not_before) ||
      (owner->not_after && *now > *owner->not_after)) {
    return Error(
               kKeyNotInForce,
               "the keys of \"" + escape_terminal(owner->name) + "\" are not in force at this time",
               Retry::denied)
        .with_help("see notBefore and notAfter of this principal");
  }
  return owner;
}

Result<Signed<Approval>> read_approval(std::string_view file, const TrustPolicy& policy,
                                       const VerifyOptions& options) {
  const Opened opened = TRY(open(file, kApprovalType, policy, options));
  const Value& claim = opened.claim;
  TRY(exactly(claim, {"type", "repo", "ref", "base", "tree", "rule", "expires"}));
  const std::optional<WallTime> expires = parse_rfc3339(claim.string_at({"expires"}));
  if (!expires) return bad("expires is no time");
  return Signed<Approval>{{.repo = claim.string_at({"repo"}),
                           .ref = TRY(parse_ref_name(claim.string_at({"ref"}))),
                           .base = TRY(parse_commit_id(claim.string_at({"base"}))),
                           .tree = ObjectId(TRY(parse_commit_id(claim.string_at({"tree"}))).str()),
                           .rule = claim.string_at({"rule"}),
                           .expires = *expires},
                          opened.signer};
}

Result<Signed<Rewind>> read_rewind(std::string_view file, const TrustPolicy& policy,
                                   const VerifyOptions& options) {
  const Opened opened = TRY(open(file, kRewindType, policy, options));
  const Value& claim = opened.claim;
  TRY(exactly(claim, {"type", "repo", "ref", "from", "to", "reason", "expires"}));
  const std::optional<WallTime> expires = parse_rfc3339(claim.string_at({"expires"}));
  if (!expires) return bad("expires is no time");
  return Signed<Rewind>{{.repo = claim.string_at({"repo"}),
                         .ref = TRY(parse_ref_name(claim.string_at({"ref"}))),
                         .from = TRY(parse_commit_id(claim.string_at({"from"}))),
                         .to = TRY(parse_commit_id(claim.string_at({"to"}))),
                         .reason = claim.string_at({"reason"}),
                         .expires = *expires},
                        opened.signer};
}

Result<Signed<Heartbeat>> read_heartbeat(std::string_view file, const TrustPolicy& policy,
                                         const VerifyOptions& options) {
  const Opened opened = TRY(open(file, kHeartbeatType, policy, options));
  const Value& claim = opened.claim;
  TRY(exactly(claim, {"type", "repo", "ref", "tip", "time"}));
  const std::optional<WallTime> time = parse_rfc3339(claim.string_at({"time"}));
  if (!time) return bad("time is none");
  return Signed<Heartbeat>{{.repo = claim.string_at({"repo"}),
                            .ref = TRY(parse_ref_name(claim.string_at({"ref"}))),
                            .tip = TRY(parse_commit_id(claim.string_at({"tip"}))),
                            .time = *time},
                           opened.signer};
}

}  // namespace plumb::trust
