#include "cmd/cli/target_cluster.h"

#include "base/text.h"
#include "core/spec/resources.h"
#include "edge/cluster/kubeconfig.h"

namespace plumb::cli {
namespace {

const ApiResource kSecrets{{"", "v1", "Secret"}, "secrets", true};

Result<std::unique_ptr<ClusterClient>> connect_by(ClusterClient& own, const AppSpec& app,
                                                  Duration timeout) {
  const ObjectKey key{"", "Secret", app.key.namespace_, app.kubeconfig->secret};
  const Value secret = TRY(own.get(kSecrets, key));
  const std::optional<std::string> text = kubeconfig_in_secret(secret, app.kubeconfig->key);
  if (!text) return Error(kKubeconfigMissing, key.display() + " has no kubeconfig");
  ClusterAccess access = TRY(read_inline_kubeconfig(*text));
  return ClusterClient::connect(std::move(access),
                                {.user_agent = "plumb-cli", .request_timeout = timeout});
}

Error not_reached(const AppSpec& app, const Error& why) {
  return Error(kTargetNotReached,
               "the objects of App " + app.key.display() +
                   " are in a target cluster, which cannot be reached from here: " + why.message(),
               why.retry())
      .with_help("its kubeconfig is in Secret " + app.key.namespace_ + "/" +
                 escape_terminal(app.kubeconfig->secret) +
                 "; you need the right to read it, and a way to the server it names");
}

}  // namespace

Result<std::unique_ptr<ClusterClient>> connect_target(ClusterClient& own, const Value& app,
                                                      Duration timeout) {
  const AppSpec spec = TRY(decode_app(app));
  const std::string there = app.string_at({"status", "target", "cluster"});
  std::unique_ptr<ClusterClient> client;
  std::string reached;
  if (spec.kubeconfig) {
    Result<std::unique_ptr<ClusterClient>> connected = connect_by(own, spec, timeout);
    if (!connected) return not_reached(spec, connected.error());
    client = *std::move(connected);
    Result<std::string> uid = client->cluster_uid(Deadline::in(timeout));
    if (!uid) return not_reached(spec, uid.error());
    reached = *std::move(uid);
  }
  if (there.empty() || there == reached) return client;
  return Error(kTargetNotReached,
               "the objects of App " + spec.key.display() + " are in the cluster " + there + " (" +
                   escape_terminal(app.string_at({"status", "target", "server"})) +
                   "), and spec.kubeConfig leads to another one")
      .with_help("plumb why " + spec.key.name + " -n " + spec.key.namespace_);
}

}  // namespace plumb::cli
