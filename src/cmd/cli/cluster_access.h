// The cluster as the commands use it: connected by the global options, with our custom resources.
// Every error says in plain words which of the usual causes it is: no kubeconfig, no answer, no
// permission, Plumb not installed, no such app (with near names). Used by one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cmd/cli/session.h"
#include "cmd/cli/text/app_view.h"
#include "edge/cluster/cluster_client.h"

namespace plumb::cli {

[[nodiscard]] const ApiResource& app_resource();
[[nodiscard]] const ApiResource& repository_resource();
[[nodiscard]] ObjectKey object_key(const AppKey& key);
[[nodiscard]] ObjectKey object_key(const RepositoryKey& key);

[[nodiscard]] Result<std::unique_ptr<ClusterClient>> connect(const GlobalOptions& options,
                                                             Duration timeout);
// -n, else the namespace of the context.
[[nodiscard]] std::string namespace_of(const GlobalOptions& options, const ClusterClient& client);

// "web" in the namespace of the options, or "prod/web".
[[nodiscard]] Result<Value> find_app(ClusterClient& client, const GlobalOptions& options,
                                     const std::string& name);
[[nodiscard]] Result<Value> find_repository(ClusterClient& client, const GlobalOptions& options,
                                            const std::string& name);
// Of the namespace, or of all with -A. Sorted by namespace and name.
[[nodiscard]] Result<std::vector<Value>> list_apps(ClusterClient& client,
                                                   const GlobalOptions& options);
[[nodiscard]] Result<std::vector<Value>> list_repositories(ClusterClient& client,
                                                           const GlobalOptions& options);

// A live object whatever version it is served in; nullopt when it is not there or its kind is not
// served.
[[nodiscard]] Result<std::optional<Value>> find_live(ClusterClient& client, const ObjectKey& key);

}  // namespace plumb::cli
