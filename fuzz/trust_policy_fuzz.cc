// Trust policies as files: what is understood can be asked without harm, and says the same twice.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "core/trust/policy/read_policy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Budget budget;
  const auto policy = trust::read_trust_policy(text, "policy.yaml", budget);
  if (!policy.has_value()) return 0;
  CHECK(!policy->sources.empty() && !policy->principals.empty() && !policy->anchor.empty());
  for (const trust::Rule& rule : policy->rules) {
    CHECK(!rule.paths.empty() && !rule.any_of.empty());
    for (const trust::PathGlob& glob : rule.paths) {
      (void)policy->rule_for(glob.text());
      CHECK(glob.covers(glob));
    }
    for (const trust::Alternative& one : rule.any_of) {
      CHECK(!one.author.empty() || one.approvals > 0);
      CHECK(static_cast<size_t>(one.approvals) <= one.from.size());
    }
  }
  Budget again;
  CHECK(trust::read_trust_policy(text, "policy.yaml", again)->digest == policy->digest);
  return 0;
}
