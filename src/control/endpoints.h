// The operator's HTTP routes: /healthz, /readyz, /metrics and POST /hook/NAMESPACE/REPOSITORY.
#pragma once

#include <functional>
#include <vector>

#include "control/world.h"
#include "edge/server/http_types.h"

namespace plumb {

// `ready` is asked on the server's thread.
[[nodiscard]] std::vector<Route> make_routes(World& world, std::function<bool()> ready);

}  // namespace plumb
