// The executor: carries out one wave of an approved plan, all steps at the same time, and tells
// what became of each. It decides nothing: what is not in the plan is not done.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "edge/cluster/cluster_client.h"
#include "edge/cluster/live_store.h"
#include "model/applied.h"
#include "model/plan.h"

namespace plumb {

struct ExecuteOptions {
  Priority priority = Priority::commit;
  std::optional<std::string> impersonate;  // of the app's service account
  Deadline deadline;
};

// Blocks until every step of the wave has its outcome. One outcome per step that asked for
// something.
[[nodiscard]] std::vector<StepOutcome> execute_wave(ClusterClient& client, LiveStore& live,
                                                    const ApprovedPlan& plan, size_t wave,
                                                    const ExecuteOptions& options);

// Blocks until the server has said what it would do with every apply of the plan (dry run); one
// outcome per step that it refuses. Steps that need a kind or a namespace of the plan itself are
// left out: the server cannot know of them yet.
[[nodiscard]] std::vector<StepOutcome> rehearse(ClusterClient& client, LiveStore& live,
                                                const ApprovedPlan& plan,
                                                const ExecuteOptions& options);

}  // namespace plumb
