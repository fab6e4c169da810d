// How to reach a cluster: from a kubeconfig file (people) or the ServiceAccount files of a Pod.
//
// Values; reading files happens in the functions only. Credentials of ClusterAccess never appear in
// messages. Behaviour after client-go v0.36 (tools/clientcmd): KUBECONFIG is a ':'-separated list,
// the first file that defines an entry wins; relative paths are relative to the file they are in.
// Not supported: exec and auth-provider plugins; they end with kKubeconfigInvalid.
#pragma once

#include <string>

#include "base/result.h"
#include "edge/net/http_client.h"

namespace plumb {

inline constexpr ErrorCode kKubeconfigMissing{530, "KubeconfigMissing"};
inline constexpr ErrorCode kKubeconfigInvalid{531, "KubeconfigInvalid"};
inline constexpr ErrorCode kNotInCluster{532, "NotInCluster"};

struct ClusterAccess {
  std::string server;  // "https://10.0.0.1:443", without a slash at the end
  TlsOptions tls = {};
  std::string bearer_token = {};
  std::string token_file = {};  // read again when it changes; wins over bearer_token
  std::string username = {};    // basic authentication, for proxies in front of a server
  std::string password = {};
  std::string namespace_ = "default";
  std::string context = {};  // name of the kubeconfig context; "" in a cluster
};

struct KubeconfigOptions {
  std::string path = {};     // "" : $KUBECONFIG, then ~/.kube/config
  std::string context = {};  // "" : current-context
};

[[nodiscard]] Result<ClusterAccess> load_kubeconfig(const KubeconfigOptions& options = {});
// The ServiceAccount of the Pod this program runs in (KUBERNETES_SERVICE_HOST, mounted token, CA).
[[nodiscard]] Result<ClusterAccess> in_cluster_access();
// In a Pod with a ServiceAccount, unless a path or context is given or KUBECONFIG is set: that;
// else the kubeconfig.
[[nodiscard]] Result<ClusterAccess> find_cluster_access(const KubeconfigOptions& options = {});

}  // namespace plumb
