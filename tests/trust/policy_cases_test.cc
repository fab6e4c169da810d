// Trust policies as data: policies/NAME/{policy.yaml,want}. want: what was understood, or the
// errors as they are printed. ACCEPT=1 rewrites it.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/text.h"
#include "core/trust/policy/read_policy.h"
#include "files.h"

namespace plumb::trust {
namespace {

namespace fs = std::filesystem;

std::string told(const Alternative& one) {
  std::string out = "  or";
  if (!one.author.empty()) out += " by " + join(one.author, ", ");
  if (one.approvals > 0) {
    out += " " + std::to_string(one.approvals) + " of " + join(one.from, ", ");
    if (one.author_counts) out += " (author counts)";
  }
  std::vector<FieldRule> fields = one.only_source;
  fields.insert(fields.end(), one.only_rendered.begin(), one.only_rendered.end());
  for (size_t i = 0; i < fields.size(); ++i) {
    const FieldRule& field = fields[i];
    out += i < one.only_source.size() ? "\n    only " : "\n    only rendered ";
    out += field.at.text();
    if (field.value) out += " like " + field.value->text();
    if (field.monotonic_semver) out += ", not older";
  }
  return out + "\n";
}

std::string told(const TrustPolicy& policy) {
  std::string out = policy.name + (policy.audit ? " (audit)" : "") + "\nanchor " +
                    policy.anchor.str() + "\nwalks " + std::to_string(policy.max_walk) + "\n";
  if (policy.freshness) {
    out += "fresh for " + format_duration(policy.freshness->max_age) +
           (policy.freshness->freeze_new ? ", else nothing new\n" : "\n");
  }
  for (const PolicySource& source : policy.sources)
    out += source.url + " " + source.ref.str() + "\n";
  for (const Principal& one : policy.principals) {
    out += std::string(to_string(one.kind)) + " " + one.name;
    for (const KeyFingerprint& key : one.keys) out += " " + key.str();
    if (one.not_before) out += " from " + format_rfc3339(*one.not_before);
    if (one.not_after) out += " to " + format_rfc3339(*one.not_after);
    out += "\n";
  }
  for (const RefusedKey& one : policy.revoked) out += "revoked " + one.key.str() + "\n";
  for (const RefusedKey& one : policy.compromised) {
    out += "compromised " + one.key.str() + " since " + one.since->str() + "\n";
  }
  for (const Rule& rule : policy.rules) {
    out += "rule " + rule.name;
    for (const PathGlob& glob : rule.paths) out += " " + glob.text();
    out += "\n";
    for (const Alternative& one : rule.any_of) out += told(one);
  }
  return out;
}

TEST(Policies, Cases) {
  std::set<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(test::source_path("tests/trust/policies"))) {
    cases.insert(entry.path());
  }
  ASSERT_GT(cases.size(), 10U);
  for (const fs::path& at : cases) {
    Budget budget;
    const auto policy =
        read_trust_policy(test::read_file(at / "policy.yaml"), "policy.yaml", budget);
    const std::string got = policy ? told(*policy) : policy.error().render();
    if (std::getenv("ACCEPT") != nullptr) {
      test::write_file(at / "want", got);
    } else {
      EXPECT_EQ(got, test::read_file(at / "want")) << at;
    }
  }
}

}  // namespace
}  // namespace plumb::trust
