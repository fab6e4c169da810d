// Health rules of the workload kinds, after kstatus (cli-utils v0.37 pkg/kstatus/status/core.go). Pure. They are called
// after the generic rules (generation, Stalled, Reconciling) had nothing to say.
#pragma once

#include "lang/value/value.h"
#include "model/health.h"

namespace plumb {

[[nodiscard]] Health assess_deployment(const Value& object);
[[nodiscard]] Health assess_stateful_set(const Value& object);
[[nodiscard]] Health assess_daemon_set(const Value& object);
[[nodiscard]] Health assess_replica_set(const Value& object);
[[nodiscard]] Health assess_pod(const Value& object);
[[nodiscard]] Health assess_job(const Value& object);

}  // namespace plumb
