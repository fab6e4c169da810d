// How to reach a cluster: from a kubeconfig file (people) or the ServiceAccount files of a Pod.
//
// Values; reading files happens in the functions only. Credentials of ClusterAccess never appear in
// messages. Behaviour after client-go v0.36 (tools/clientcmd): KUBECONFIG is a ':'-separated list,
// the first file that defines an entry wins; relative paths are relative to the file they are in.
// Not supported: exec and auth-provider plugins; they end with kKubeconfigInvalid. Of a kubeconfig
// that came from somebody else (a Secret) see read_inline_kubeconfig.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "edge/net/http_client.h"
#include "lang/value/value.h"

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
// Of a text that is not to be trusted with this machine: nothing of it makes the program read a
// file, run another program, go through a proxy or skip the check of a certificate; what would is
// refused, as is every field that is not known. Pure; errors never quote it. Flux refuses the same
// unless it is told otherwise (fluxcd/pkg runtime/client, --insecure-kubeconfig-exec).
[[nodiscard]] Result<ClusterAccess> read_inline_kubeconfig(std::string_view text);
// The text of the kubeconfig in a Secret, under this key; "": under "value", else "value.yaml", as
// in Flux. nullopt where there is none.
[[nodiscard]] std::optional<std::string> kubeconfig_in_secret(const Value& secret,
                                                              const std::string& key);
// The ServiceAccount of the Pod this program runs in (KUBERNETES_SERVICE_HOST, mounted token, CA).
[[nodiscard]] Result<ClusterAccess> in_cluster_access();
// In a Pod with a ServiceAccount, unless a path or context is given or KUBECONFIG is set: that;
// else the kubeconfig.
[[nodiscard]] Result<ClusterAccess> find_cluster_access(const KubeconfigOptions& options = {});

}  // namespace plumb
