#include "cmd/text/verdict_text.h"

#include "base/text.h"

namespace plumb {
namespace {

using trust::CommitVerdict;
using trust::RuleUse;
using trust::WalkVerdict;

std::string told(const RuleUse& use) {
  if (use.needed == 0) return safe(use.rule);
  return safe(use.rule) + " " + std::to_string(use.approvers.size()) + "/" +
         std::to_string(use.needed) + " (" + safe(join(use.approvers, ", ")) + ")";
}

std::string line_of(const CommitVerdict& one, const Style& style) {
  const bool good = !one.refusal;
  std::string mark = good ? (style.glyphs ? "✓" : "ok") : (style.glyphs ? "✗" : "no");
  std::string out = paint(mark, good ? Tone::good : Tone::bad, style) + " " +
                    abbreviated(one.commit) + " " + (one.signer.empty() ? "?" : safe(one.signer));
  if (!good) {
    return out + "  " + one.refusal->code().name + ": " + escape_terminal(one.refusal->message()) +
           "\n";
  }
  out += " " + safe(one.algorithm) + " " + safe(one.key.str());
  std::vector<std::string> rules;
  for (const RuleUse& use : one.rules) rules.push_back(told(use));
  if (one.clean_merge) rules.emplace_back("clean merge");
  if (rules.empty()) rules.emplace_back("changes nothing");
  return out + "  " + join(rules, ", ") + "\n";
}

Value to_value(const CommitVerdict& one) {
  Value out = Value::map({{"commit", one.commit.str()},
                          {"subject", one.subject},
                          {"author", one.author},
                          {"trusted", !one.refusal}});
  if (!one.signer.empty()) out.set("signer", one.signer);
  if (!one.key.empty()) out.set("key", one.key.str());
  if (one.clean_merge) out.set("cleanMerge", true);
  List rules;
  for (const RuleUse& use : one.rules) {
    List approvers(use.approvers.begin(), use.approvers.end());
    rules.push_back(Value::map(
        {{"rule", use.rule}, {"needed", use.needed}, {"approvers", Value(std::move(approvers))}}));
  }
  if (!rules.empty()) out.set("rules", Value(std::move(rules)));
  if (one.refusal) {
    out.set("reason", one.refusal->code().name);
    out.set("message", one.refusal->message());
    if (!one.refused_path.empty()) out.set("path", one.refused_path);
    if (!one.refused_rule.empty()) out.set("rule", one.refused_rule);
  }
  return out;
}

}  // namespace

Value verdict_value(const WalkVerdict& verdict, const trust::TrustPolicy& policy, WallTime now) {
  Value out = Value::map({{"trusted", verdict.trusted()},
                          {"policy", policy.name},
                          {"policyDigest", policy.digest.hex()},
                          {"from", verdict.from.str()},
                          {"tip", verdict.tip.str()}});
  if (verdict.refusal) {
    out.set("reason", verdict.refusal->code().name);
    out.set("message", verdict.refusal->message());
  }
  if (verdict.rewound) out.set("rewound", true);
  List commits;
  for (const CommitVerdict& one : verdict.commits) commits.push_back(to_value(one));
  out.set("commits", Value(std::move(commits)));
  List doubtful;
  for (const CommitId& one : verdict.doubtful) doubtful.emplace_back(one.str());
  if (!doubtful.empty()) out.set("doubtful", Value(std::move(doubtful)));
  if (verdict.freshness && policy.freshness) {
    const trust::Freshness& freshness = *verdict.freshness;
    Value value = Value::map({{"fresh", freshness.is_fresh(*policy.freshness, now)},
                              {"message", freshness.told(*policy.freshness, now)}});
    if (freshness.as_of) value.set("asOf", format_rfc3339(*freshness.as_of));
    out.set("freshness", std::move(value));
  }
  return out;
}

std::string verdict_text(const WalkVerdict& verdict, const trust::TrustPolicy& policy, WallTime now,
                         const Style& style) {
  std::string out;
  for (const CommitVerdict& one : verdict.commits) out += line_of(one, style);
  for (const CommitId& one : verdict.doubtful) {
    out += "! " + abbreviated(one) + " was accepted, and is signed by a compromised key\n";
  }
  if (verdict.freshness && policy.freshness) {
    const bool fresh = verdict.freshness->is_fresh(*policy.freshness, now);
    out += (fresh ? "fresh: " : "! stale: ") +
           safe(verdict.freshness->told(*policy.freshness, now)) + "\n";
  }
  const std::string range = abbreviated(verdict.from) + ".." + abbreviated(verdict.tip);
  if (verdict.trusted()) {
    return out + "trusted: " + std::to_string(verdict.commits.size()) + " commits, " + range +
           (verdict.rewound ? ", after a signed rewind" : "") + "\n";
  }
  return out + "rejected: " + verdict.refusal->code().name + ": " +
         escape_terminal(verdict.refusal->message()) + "\n";
}

}  // namespace plumb
