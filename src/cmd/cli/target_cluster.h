// The target cluster of an App (spec.kubeConfig), reached as the operator reaches it, with the
// kubeconfig of its Secret; that is read with the rights of the person who asks.
#pragma once

#include <memory>

#include "edge/cluster/cluster_client.h"

namespace plumb::cli {

inline constexpr ErrorCode kTargetNotReached{807, "TargetNotReached"};

// Null where the App's objects are in the cluster of the App. An error where they are in another
// cluster than the one that the kubeconfig leads to.
[[nodiscard]] Result<std::unique_ptr<ClusterClient>> connect_target(ClusterClient& own,
                                                                    const Value& app,
                                                                    Duration timeout);

}  // namespace plumb::cli
