// The operator's HTTP routes: /healthz, /readyz and /metrics for the cluster, POST
// /hook/NAMESPACE/REPOSITORY for Git hosts. They are served by two servers, so that strangers
// cannot starve the kubelet.
#pragma once

#include <functional>
#include <vector>

#include "control/world.h"
#include "edge/server/http_types.h"
#include "edge/server/metrics.h"

namespace plumb {

// `ready` is asked on the server's thread.
[[nodiscard]] std::vector<Route> probe_routes(MetricRegistry& metrics, std::function<bool()> ready);
[[nodiscard]] std::vector<Route> webhook_routes(World& world, MetricRegistry& metrics);

// Makes the families that turns observe.
[[nodiscard]] TurnTimes turn_times(MetricRegistry& metrics);
// Copies what the parts of the operator count into metrics, before each text.
void export_metrics(World& world, MetricRegistry& metrics);

}  // namespace plumb
