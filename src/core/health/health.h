// assess: the health of one object by what its own status says, after kstatus
// (kubernetes-sigs/cli-utils v0.37 pkg/kstatus/status, generic.go and core.go): deletion and
// observedGeneration first, then the conditions Reconciling and Stalled, then rules per built-in
// kind, and the condition Ready for the rest. Pure; reentrant. Messages name what is missing ("0 of
// 3 replicas available").
//
// Other than kstatus: a Job is current when it is complete, not when it runs; a failed Pod is
// failed; an unschedulable Pod stays in progress, since no clock is read; workloads that no
// controller has seen are in progress; PersistentVolume, APIService and Namespace have rules.
#pragma once

#include <vector>

#include "lang/value/value.h"
#include "model/health.h"

namespace plumb {

[[nodiscard]] Health assess(const Value& object);

// The worst of all; objects that are not current come first.
[[nodiscard]] HealthReport summarise_health(std::vector<ObjectHealth> objects);

}  // namespace plumb
