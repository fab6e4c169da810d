#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "core/trust/policy/decode_rules.h"
#include "core/trust/policy/policy.h"
#include "core/trust/policy/policy_fields.h"
#include "lang/json/json.h"

namespace plumb::trust {
namespace {

constexpr size_t kMostPrincipals = 1000;
constexpr Duration kLeastMaxAge = std::chrono::minutes(1);
constexpr const char* kApi = "plumb.dev/v1alpha1";

std::string quoted(std::string_view text) {
  return "\"" + escape_terminal(shorten(text)) + "\"";
}

// What is collected on the way to a KeySet.
struct Keys {
  std::vector<SshPublicKey> ssh;
  std::vector<OpenPgpKey> openpgp;
};

// "refs/heads/NAME", "refs/tags/NAME", where no program takes the name for an option or for HEAD.
bool is_branch_or_tag(const std::string& ref) {
  for (const std::string_view prefix : {"refs/heads/", "refs/tags/"}) {
    if (!ref.starts_with(prefix)) continue;
    const std::string_view name = std::string_view(ref).substr(prefix.size());
    return !name.empty() && !name.starts_with('-') && name != "HEAD";
  }
  return false;
}

void decode_sources(const PolicyFields& spec, TrustPolicy& policy) {
  for (const PolicyFields& one : spec.maps("sources")) {
    one.only({"url", "ref"});
    PolicySource source;
    source.url = one.required_text("url", "https://git.example.com/acme/config.git");
    const std::string ref = one.required_text("ref", "refs/heads/main");
    Result<RefName> parsed = parse_ref_name(ref);
    const bool is_full = is_branch_or_tag(ref);
    if (!ref.empty() && (!is_full || !parsed)) {
      one.fail({"ref"}, quoted(ref) + " is no full ref name",
               "write it in full: refs/heads/main, refs/tags/v1.2.3");
    }
    if (parsed) source.ref = *std::move(parsed);
    policy.sources.push_back(std::move(source));
  }
  if (policy.sources.empty() && !spec.has("sources")) {
    spec.fail({"sources"}, "it is missing", "name at least one url and ref");
  } else if (policy.sources.empty()) {
    spec.fail({"sources"}, "it is empty: the policy binds nothing",
              "name at least one url and ref");
  }
}

void decode_key(const PolicyFields& at, size_t index, const std::string& text,
                const std::string& certificate, Principal& principal, Keys& keys) {
  const FieldPath place = {"keys", std::to_string(index)};
  if (text.starts_with("openpgp:")) {
    const Result<KeyFingerprint> fingerprint = parse_openpgp_fingerprint(text);
    if (!fingerprint) return at.fail(place, fingerprint.error());
    if (certificate.empty()) {
      return at.fail(place, "the certificate of this key is not there",
                     "set certificate of this principal to what `gpg --armor --export " +
                         fingerprint->str().substr(8) + "` prints");
    }
    principal.keys.push_back(*fingerprint);
    keys.openpgp.push_back({*fingerprint, certificate});
    return;
  }
  Result<SshPublicKey> key = parse_ssh_public_key(text);
  if (!key) return at.fail(place, key.error());
  principal.keys.push_back(key->fingerprint);
  keys.ssh.push_back(*std::move(key));
}

std::optional<WallTime> decode_time(const PolicyFields& at, const char* name) {
  const std::string text = at.text(name);
  if (text.empty()) return std::nullopt;
  std::optional<WallTime> time = parse_rfc3339(text);
  if (!time) at.fail({name}, quoted(text) + " is no time", "write it as 2026-11-24T12:00:00Z");
  return time;
}

void decode_principals(const PolicyFields& spec, TrustPolicy& policy) {
  const std::vector<PolicyFields> all = spec.maps("principals");
  if (all.empty()) spec.fail({"principals"}, "it is empty", "name who signs commits");
  if (all.size() > kMostPrincipals) {
    return spec.fail({"principals"}, "there are more than 1000", "use several policies");
  }
  Keys keys;
  std::map<KeyFingerprint, std::string> owners;
  std::set<std::string> names;
  for (const PolicyFields& one : all) {
    one.only({"name", "kind", "keys", "certificate", "notBefore", "notAfter"});
    Principal principal;
    principal.name = one.required_text("name", "alice");
    const std::string kind = one.choice("kind", {"human", "bot", "forge"});
    principal.kind = kind == "bot"     ? PrincipalKind::bot
                     : kind == "forge" ? PrincipalKind::forge
                                       : PrincipalKind::human;
    if (!principal.name.empty() && !names.insert(principal.name).second) {
      one.fail({"name"}, quoted(principal.name) + " is there twice",
               "put all keys of one principal into its one entry: a principal counts once");
    }
    const std::string certificate = one.text("certificate");
    const std::vector<std::string> texts = one.texts("keys");
    if (texts.empty()) one.fail({"keys"}, "it is empty", "give at least one public key");
    for (size_t i = 0; i < texts.size(); ++i) {
      const size_t before = principal.keys.size();
      decode_key(one, i, texts[i], certificate, principal, keys);
      if (principal.keys.size() == before) continue;
      const auto [owner, is_new] = owners.emplace(principal.keys.back(), principal.name);
      if (is_new) continue;
      one.fail({"keys", std::to_string(i)},
               "the key " + principal.keys.back().str() + " is given to " + quoted(owner->second) +
                   " already",
               "a key belongs to one principal, once");
    }
    principal.not_before = decode_time(one, "notBefore");
    principal.not_after = decode_time(one, "notAfter");
    policy.principals.push_back(std::move(principal));
  }
  policy.keys = KeySet(std::move(keys.ssh), std::move(keys.openpgp));
}

std::vector<RefusedKey> decode_refused(const PolicyFields& spec, const char* name,
                                       bool with_since) {
  std::vector<RefusedKey> out;
  for (const PolicyFields& one : spec.maps(name)) {
    one.only(with_since ? std::vector<std::string>{"key", "since"}
                        : std::vector<std::string>{"key"});
    const std::string text = one.required_text("key", "SHA256:… or openpgp:…");
    RefusedKey refused;
    if (text.starts_with("SHA256:")) {
      refused.key = KeyFingerprint(text);
    } else if (const Result<KeyFingerprint> key = parse_openpgp_fingerprint(text)) {
      refused.key = *key;
    } else if (const Result<SshPublicKey> line = parse_ssh_public_key(text)) {
      refused.key = line->fingerprint;
    } else if (!text.empty()) {
      one.fail({"key"}, quoted(text) + " is no key",
               "write the key, or its fingerprint: SHA256:… or openpgp:…");
    }
    if (with_since) {
      const std::string since = one.required_text("since", "the id of the last good commit");
      const Result<CommitId> commit = parse_commit_id(since);
      if (commit) refused.since = *commit;
      if (!commit && !since.empty()) one.fail({"since"}, commit.error());
    }
    out.push_back(std::move(refused));
  }
  return out;
}

void decode_apps(const PolicyFields& spec, TrustPolicy& policy) {
  const std::vector<std::string> texts = spec.texts("apps");
  for (size_t i = 0; i < texts.size(); ++i) {
    Result<PathGlob> glob = PathGlob::parse(texts[i]);
    if (!glob) {
      spec.fail({"apps", std::to_string(i)}, glob.error());
    } else {
      policy.apps.push_back(*std::move(glob));
    }
  }
}

void decode_history(const PolicyFields& history, TrustPolicy& policy) {
  history.only({"fastForward", "tags", "maxWalk"});
  if (!history.flag("fastForward", true)) {
    history.fail({"fastForward"}, "it cannot be off: an old commit would pass as a new one",
                 "leave it out; go back by `git revert`, or by a signed rewind statement");
  }
  (void)history.choice("tags", {"immutable"});
  policy.max_walk = static_cast<uint64_t>(history.number("maxWalk", 10'000, 1, 1'000'000));
}

void decode_freshness(const PolicyFields& spec, TrustPolicy& policy) {
  if (!spec.has("freshness")) return;
  const PolicyFields freshness = spec.map("freshness");
  freshness.only({"maxAge", "action"});
  FreshnessRule rule;
  rule.freeze_new = freshness.choice("action", {"alert", "freezeNew"}) == "freezeNew";
  const std::string text = freshness.required_text("maxAge", "24h");
  const Result<Duration> age = parse_duration(text);
  if (age && *age >= kLeastMaxAge) {
    rule.max_age = *age;
  } else if (!text.empty()) {
    freshness.fail({"maxAge"},
                   age ? quoted(text) + " is less than a minute" : quoted(text) + " is no duration",
                   "write it as 24h or 90m");
  }
  policy.freshness = rule;
}

Error combined(std::vector<Error> errors, const std::string& what) {
  Error first = errors.front();
  errors.erase(errors.begin());
  if (!errors.empty()) first = first.with_also(std::move(errors));
  return first.while_doing("reading " + what);
}

void check_kind(const PolicyFields& root, const Value& body, const char* kind) {
  if (body.string_at({"kind"}) != kind || body.string_at({"apiVersion"}) != kApi) {
    root.fail({"kind"}, std::string("this is no ") + kind,
              std::string("write apiVersion: ") + kApi + " and kind: " + kind);
  }
}

}  // namespace

const char* to_string(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::human:
      return "human";
    case PrincipalKind::bot:
      return "bot";
    case PrincipalKind::forge:
      return "forge";
  }
  return "";
}

const Principal* TrustPolicy::principal(std::string_view wanted) const {
  for (const Principal& one : principals) {
    if (one.name == wanted) return &one;
  }
  return nullptr;
}

const Principal* TrustPolicy::owner_of(const KeyFingerprint& key) const {
  for (const Principal& one : principals) {
    if (std::find(one.keys.begin(), one.keys.end(), key) != one.keys.end()) return &one;
  }
  return nullptr;
}

bool Rule::matches(std::string_view path) const {
  return std::any_of(paths.begin(), paths.end(),
                     [&](const PathGlob& glob) { return glob.matches(path); });
}

const Rule* TrustPolicy::rule_for(std::string_view path) const {
  for (const Rule& rule : rules) {
    if (rule.matches(path)) return &rule;
  }
  return nullptr;
}

Result<TrustPolicy> decode_trust_policy(const Value& body, const PolicyText& text) {
  std::vector<Error> errors;
  TrustPolicy policy;
  const PolicyFields root(body, {}, text, errors);
  check_kind(root, body, "TrustPolicy");
  root.only({"apiVersion", "kind", "metadata", "spec", "status"});
  policy.name = root.map("metadata").required_text("name", "prod");
  const PolicyFields spec = root.map("spec");
  spec.only({"sources", "anchor", "mode", "principals", "revoked", "compromised", "apps", "rules",
             "history", "freshness"});
  decode_sources(spec, policy);
  const std::string anchor = spec.required_text("anchor", "the id of the first trusted commit");
  if (!anchor.empty()) {
    const Result<CommitId> commit = parse_commit_id(anchor);
    if (commit) policy.anchor = *commit;
    if (!commit) spec.fail({"anchor"}, commit.error());
  }
  policy.audit = spec.choice("mode", {"enforce", "audit"}) == "audit";
  decode_principals(spec, policy);
  policy.revoked = decode_refused(spec, "revoked", false);
  policy.compromised = decode_refused(spec, "compromised", true);
  decode_apps(spec, policy);
  policy.rules = decode_rules(spec, policy);
  decode_history(spec.map("history"), policy);
  decode_freshness(spec, policy);
  if (!errors.empty()) {
    return combined(std::move(errors), "trust policy " + quoted(policy.name));
  }
  policy.digest = sha256(json::write(*body.find("spec")));
  return policy;
}

Result<std::vector<Rule>> decode_trust_rules(const Value& body, const TrustPolicy& policy,
                                             const PolicyText& text) {
  std::vector<Error> errors;
  const PolicyFields root(body, {}, text, errors);
  check_kind(root, body, "TrustRules");
  root.only({"apiVersion", "kind", "rules"});
  std::vector<Rule> rules = decode_rules(root, policy);
  if (!errors.empty()) return combined(std::move(errors), text.file);
  return rules;
}

}  // namespace plumb::trust
