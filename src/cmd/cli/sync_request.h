// To ask the operator for a turn now: a new value of the annotation plumb.dev/sync-requested-at,
// which the status names when it was acted on.
#pragma once

#include <string>

#include "cmd/cli/cluster_access.h"

namespace plumb::cli {

[[nodiscard]] std::string sync_request_value();
[[nodiscard]] Result<void> ask_for_sync(ClusterClient& client, const ApiResource& resource,
                                        const ObjectKey& key, const std::string& value);

}  // namespace plumb::cli
