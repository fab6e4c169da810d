// The app that has an object in its inventory: how `plumb why` and `plumb blame` come from an
// object to what it is made from.
#pragma once

#include <string>

#include "cmd/cli/cluster_access.h"

namespace plumb::cli {

struct OwnedObject {
  Value app;  // the App
  ObjectKey key;
};

// "Deployment/web": kinds begin with a capital, namespaces never do.
[[nodiscard]] bool names_an_object(const std::string& subject);

// By kind and name, in the namespace of -n or in any.
[[nodiscard]] Result<OwnedObject> find_owned_object(ClusterClient& client,
                                                    const GlobalOptions& options,
                                                    const std::string& subject);

}  // namespace plumb::cli
