// compare: what applying manifests would change in a cluster. The plan of the operator decides the
// steps; a server-side dry run of each apply says what would really change, defaults and webhooks
// included. Writes nothing.
#pragma once

#include <optional>

#include "cmd/cli/session.h"
#include "cmd/cli/text/app_view.h"
#include "cmd/text/diff_text.h"
#include "edge/cluster/cluster_client.h"
#include "model/manifests.h"

namespace plumb::cli {

struct ComparisonInput {
  Manifests manifests;                  // as rendered
  std::optional<AppView> app;           // whose inventory, labels and prune setting count
  bool prune = true;                    // spec.prune of the app
  std::string target_namespace;         // for namespaced objects that name none
  std::vector<IgnoreRule> ignore = {};  // of the app
  std::string folder;                   // where the manifests come from, for the record
};

[[nodiscard]] Result<Comparison> compare(ClusterClient& client, const ComparisonInput& input);

}  // namespace plumb::cli
