// Reads the division of the operator's work (text/division.h) from its Leases in plumb-system.
#pragma once

#include <optional>

#include "cmd/cli/text/division.h"
#include "edge/cluster/cluster_client.h"

namespace plumb::cli {

// nullopt where the work is not divided, or where the Leases may not be read.
[[nodiscard]] std::optional<Division> read_division(ClusterClient& client);

}  // namespace plumb::cli
