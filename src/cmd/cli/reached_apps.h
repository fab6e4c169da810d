// Which other Apps a revert reaches: those of the cluster that follow the same branch of the same
// repository, whatever Repository they name, and are made from something else afterwards. Asked of
// the cluster is only which Apps there are; what they are made from is told by rendering the tip.
#pragma once

#include <string>
#include <vector>

#include "cmd/cli/cluster_access.h"
#include "model/source_tree.h"

namespace plumb::cli {

// The Apps of a branch, but one.
struct Neighbours {
  std::vector<Value> apps;
  bool everywhere = true;  // false: only those of its namespace could be listed
};
[[nodiscard]] Result<Neighbours> neighbours_of(ClusterClient& client, const AppView& app,
                                               const Value& repository);

// The branch that a Repository follows; "" where it follows none.
[[nodiscard]] std::string followed_branch(const Value& repository);

struct ReachedApps {
  std::vector<std::string> names;    // "prod/web"
  std::vector<std::string> unknown;  // do not render, so that it cannot be told
};
// Of Apps at the tip of their branch, by what a revert makes of it.
[[nodiscard]] Result<ReachedApps> reached_apps(const std::vector<Value>& apps,
                                               const SourceTree& tip, const SourceTree& reverted);

}  // namespace plumb::cli
