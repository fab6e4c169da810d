#include "model/plan.h"

namespace plumb {

inline constexpr ErrorCode kNotVerified{600, "RevisionNotVerified"};

Result<ApprovedPlan> ApprovedPlan::approve(Plan plan) {
  const bool verified =
      plan.provenance && std::holds_alternative<VerifiedRevision>(*plan.provenance);
  for (const Wave& wave : plan.waves) {
    for (const Step& step : wave.steps) {
      if (std::holds_alternative<ApplyAction>(step.action) && !verified) {
        return Error(kNotVerified, "the plan applies manifests that no trust policy has verified",
                     Retry::denied)
            .with_help("only commits of a declared Repository can be applied");
      }
    }
  }
  return ApprovedPlan(std::move(plan));
}

}  // namespace plumb
