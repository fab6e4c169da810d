#include "core/trust/policy/decode_rules.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace plumb::trust {
namespace {

constexpr int64_t kMostApprovals = 100;

std::string quoted(std::string_view text) {
  return "\"" + escape_terminal(shorten(text)) + "\"";
}

std::vector<std::string> names_of(const TrustPolicy& policy) {
  std::vector<std::string> out;
  for (const Principal& one : policy.principals) out.push_back(one.name);
  return out;
}

// The principals named in a list; each once, each known.
std::vector<std::string> decode_names(const PolicyFields& at, const char* field,
                                      const TrustPolicy& policy) {
  std::vector<std::string> names = at.texts(field);
  std::set<std::string> seen;
  for (size_t i = 0; i < names.size(); ++i) {
    const FieldPath place = {field, std::to_string(i)};
    if (policy.principal(names[i]) == nullptr) {
      const std::string near = nearest(names[i], names_of(policy));
      at.fail(place, "there is no principal " + quoted(names[i]),
              near.empty() ? "add it to spec.principals" : "did you mean \"" + near + "\"?");
    } else if (!seen.insert(names[i]).second) {
      at.fail(place, quoted(names[i]) + " is there twice", "a principal counts once");
    }
  }
  return names;
}

std::vector<FieldRule> decode_fields(const PolicyFields& only, const char* list) {
  std::vector<FieldRule> out;
  for (const PolicyFields& one : only.maps(list)) {
    one.only({"at", "value", "monotonic"});
    Result<FieldPattern> at = FieldPattern::parse(one.required_text("at", "/images/*/newTag"));
    if (!at) {
      one.fail({"at"}, at.error());
      continue;
    }
    FieldRule field{.at = *std::move(at)};
    if (one.has("value")) {
      Result<ValuePattern> value = ValuePattern::parse(one.text("value"));
      if (!value) {
        one.fail({"value"}, value.error());
      } else {
        field.value = *std::move(value);
      }
    }
    field.monotonic_semver = one.choice("monotonic", {"none", "semver"}) == "semver";
    out.push_back(std::move(field));
  }
  if (out.empty()) {
    only.fail({list}, "it names no field", "list the fields that may change, as {at: /image}");
  }
  return out;
}

void decode_scope(const PolicyFields& only, const TrustPolicy& policy, Alternative& out) {
  only.only({"source", "rendered"});
  const bool rendered = only.has("rendered");
  if (only.has("source") || !rendered) out.only_source = decode_fields(only, "source");
  if (!rendered) return;
  out.only_rendered = decode_fields(only, "rendered");
  if (policy.apps.empty()) {
    only.fail({"rendered"}, "which folders are rendered is not said",
              "set spec.apps, for instance to [\"apps/*\"]");
  }
}

void check_approvers(const PolicyFields& at, const Alternative& one, const TrustPolicy& policy) {
  for (size_t i = 0; i < one.from.size(); ++i) {
    const Principal* who = policy.principal(one.from[i]);
    if (who == nullptr || who->kind == PrincipalKind::human) continue;
    at.fail({"from", std::to_string(i)},
            quoted(one.from[i]) + " is a " + to_string(who->kind) + ", which never approves",
            "name humans");
  }
  if (one.approvals == 0) {
    if (!one.from.empty()) {
      at.fail({"approvals"}, "it is missing, though `from` is set", "say how many must approve");
    }
    return;
  }
  if (static_cast<size_t>(one.approvals) > one.from.size()) {
    at.fail({"approvals"},
            "it is " + std::to_string(one.approvals) + ", and " + std::to_string(one.from.size()) +
                " may approve: this can never hold",
            "name more principals in `from`, or ask for fewer approvals");
  }
}

Alternative decode_alternative(const PolicyFields& at, const TrustPolicy& policy) {
  at.only({"author", "approvals", "from", "authorCounts", "distinctFromAuthor", "only"});
  Alternative out;
  out.author = decode_names(at, "author", policy);
  out.from = decode_names(at, "from", policy);
  out.approvals = static_cast<int>(at.number("approvals", 0, 1, kMostApprovals));
  out.author_counts = at.flag("authorCounts", false);
  if (out.author_counts && at.flag("distinctFromAuthor", false)) {
    at.fail({"authorCounts"}, "it contradicts distinctFromAuthor", "keep one of them");
  }
  if (!out.author_counts && at.has("distinctFromAuthor") && !at.flag("distinctFromAuthor", true)) {
    at.fail({"distinctFromAuthor"}, "an author's own approval never counts but by authorCounts",
            "write authorCounts: true");
  }
  if (at.has("only")) decode_scope(at.map("only"), policy, out);
  check_approvers(at, out, policy);
  if (out.author.empty() && out.approvals == 0) {
    at.fail({"author"}, "neither author nor approvals is set: anyone could",
            "name the authors, or ask for approvals");
  }
  for (size_t i = 0; i < out.author.size(); ++i) {
    const Principal* who = policy.principal(out.author[i]);
    if (who == nullptr || who->kind != PrincipalKind::forge || out.approvals > 0) continue;
    at.fail({"author", std::to_string(i)},
            quoted(out.author[i]) + " is a forge: whoever may push could have it sign anything",
            "ask for approvals beside it");
  }
  return out;
}

// A rule none of whose patterns can be the first to match.
bool is_unreachable(const std::vector<Rule>& earlier, const Rule& rule) {
  if (rule.paths.empty()) return false;
  return std::all_of(rule.paths.begin(), rule.paths.end(), [&](const PathGlob& glob) {
    return std::any_of(earlier.begin(), earlier.end(), [&](const Rule& before) {
      return std::any_of(before.paths.begin(), before.paths.end(),
                         [&](const PathGlob& other) { return other.covers(glob); });
    });
  });
}

}  // namespace

std::vector<Rule> decode_rules(const PolicyFields& fields, const TrustPolicy& policy) {
  std::vector<Rule> rules;
  std::set<std::string> names;
  const std::vector<PolicyFields> all = fields.maps("rules");
  if (all.empty()) fields.fail({"rules"}, "it is empty: no commit could pass", "write one rule");
  for (const PolicyFields& one : all) {
    one.only({"name", "paths", "anyOf"});
    Rule rule;
    rule.name = one.required_text("name", "everything-else");
    if (!rule.name.empty() && !names.insert(rule.name).second) {
      one.fail({"name"}, quoted(rule.name) + " is there twice", "approvals name rules: rename one");
    }
    const std::vector<std::string> paths = one.texts("paths");
    if (paths.empty()) one.fail({"paths"}, "it is empty", "write at least one, like \"**\"");
    for (size_t i = 0; i < paths.size(); ++i) {
      Result<PathGlob> glob = PathGlob::parse(paths[i]);
      if (glob) {
        rule.paths.push_back(*std::move(glob));
      } else {
        one.fail({"paths", std::to_string(i)}, glob.error());
      }
    }
    const std::vector<PolicyFields> alternatives = one.maps("anyOf");
    if (alternatives.empty()) one.fail({"anyOf"}, "it is empty", "say who may change these paths");
    for (const PolicyFields& alternative : alternatives) {
      rule.any_of.push_back(decode_alternative(alternative, policy));
    }
    if (is_unreachable(rules, rule)) {
      one.fail({"paths"}, "earlier rules match all these paths first, so this rule never counts",
               "move it up, or remove it", kUnreachableRule);
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace plumb::trust
