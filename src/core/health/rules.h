// The rules per built-in kind. Each is called for a kind whose generation was observed and that is
// not being deleted. Internal to core/health; pure.
#pragma once

#include "core/health/fields.h"

namespace plumb::health {

using Rule = Health (*)(const Value& object);
// nullptr: the kind has no rule of its own.
[[nodiscard]] Rule rule_of(const GroupKind& kind);

// Workloads.
[[nodiscard]] Health assess_deployment(const Value& object);
[[nodiscard]] Health assess_stateful_set(const Value& object);
[[nodiscard]] Health assess_daemon_set(const Value& object);
[[nodiscard]] Health assess_replica_set(const Value& object);
[[nodiscard]] Health assess_job(const Value& object);
[[nodiscard]] Health assess_pod(const Value& object);
// Everything else.
[[nodiscard]] Health assess_claim(const Value& object);
[[nodiscard]] Health assess_volume(const Value& object);
[[nodiscard]] Health assess_service(const Value& object);
[[nodiscard]] Health assess_definition(const Value& object);
[[nodiscard]] Health assess_namespace(const Value& object);
[[nodiscard]] Health assess_api_service(const Value& object);
[[nodiscard]] Health assess_disruption_budget(const Value& object);
[[nodiscard]] Health always_current(const Value& object);

}  // namespace plumb::health
