#include "cmd/cli/cluster_access.h"

#include <algorithm>

#include "base/text.h"

namespace plumb::cli {

namespace {

ApiResource our_resource(const char* kind, const char* plural) {
  return {.gvk = {kApiGroup, kApiVersion, kind}, .plural = plural, .namespaced = true};
}

Error not_installed() {
  return Error(kNotInstalled, std::string("the cluster does not serve ") + kApiGroup + "/" +
                                  kApiVersion + ": Plumb is not installed in it")
      .with_help(
          "install it with kubectl apply --server-side -k deploy, or choose another "
          "cluster with --context");
}

Result<std::vector<Value>> list_of(ClusterClient& client, const ApiResource& resource,
                                   const std::string& namespace_) {
  Result<std::vector<Value>> listed = client.list(resource, {.namespace_ = namespace_});
  if (!listed) {
    const ErrorCode code = listed.error().code();
    if (code == kObjectNotFound || code == kKindNotServed) return not_installed();
    return listed;
  }
  const auto name = [](const Value& object) {
    return std::pair(object.string_at({"metadata", "namespace"}),
                     object.string_at({"metadata", "name"}));
  };
  std::sort(listed->begin(), listed->end(),
            [&](const Value& a, const Value& b) { return name(a) < name(b); });
  return listed;
}

// Why there is no object of that name: elsewhere, misspelled, or no Plumb at all.
Error not_found(ClusterClient& client, const ApiResource& resource, const ObjectKey& key) {
  const Result<std::vector<Value>> all = list_of(client, resource, "");
  Error error(kAppNotFound,
              "there is no " + key.kind + " " + key.name + " in namespace " + key.namespace_);
  if (!all) return all.error().code() == kNotInstalled ? all.error() : error;
  std::vector<std::string> here;
  for (const Value& object : *all) {
    const std::string name = object.string_at({"metadata", "name"});
    const std::string namespace_ = object.string_at({"metadata", "namespace"});
    if (name == key.name) return error.with_help("it is in another namespace: -n " + namespace_);
    if (namespace_ == key.namespace_) here.push_back(name);
  }
  const std::string near = nearest(key.name, here);
  if (!near.empty()) return error.with_help("did you mean " + near + "?");
  return error.with_help("plumb status -A lists the apps of all namespaces");
}

Result<Value> find_ours(ClusterClient& client, const ApiResource& resource,
                        const GlobalOptions& options, const std::string& text) {
  ObjectKey key{resource.gvk.group, resource.gvk.kind, namespace_of(options, client), text};
  const size_t slash = text.find('/');
  if (slash != std::string::npos) {
    key.namespace_ = text.substr(0, slash);
    key.name = text.substr(slash + 1);
  }
  if (key.name.empty() || key.namespace_.empty() || key.name.find('/') != std::string::npos) {
    return Error(kUsage, "\"" + text + "\" is not a name")
        .with_help("write NAME or NAMESPACE/NAME");
  }
  Result<Value> found = client.get(resource, key);
  if (!found && found.error().code() == kObjectNotFound) return not_found(client, resource, key);
  if (!found && found.error().code() == kKindNotServed) return not_installed();
  return found;
}

}  // namespace

const ApiResource& app_resource() {
  static const ApiResource kResource = our_resource("App", "apps");
  return kResource;
}

const ApiResource& repository_resource() {
  static const ApiResource kResource = our_resource("Repository", "repositories");
  return kResource;
}

ObjectKey object_key(const AppKey& key) {
  return {kApiGroup, "App", key.namespace_, key.name};
}

ObjectKey object_key(const RepositoryKey& key) {
  return {kApiGroup, "Repository", key.namespace_, key.name};
}

Result<std::unique_ptr<ClusterClient>> connect(const GlobalOptions& options, Duration timeout) {
  ClusterAccess access =
      TRY(find_cluster_access({.path = options.kubeconfig, .context = options.context}));
  return ClusterClient::connect(std::move(access),
                                {.user_agent = "plumb-cli", .request_timeout = timeout});
}

std::string namespace_of(const GlobalOptions& options, const ClusterClient& client) {
  return options.namespace_.empty() ? client.default_namespace() : options.namespace_;
}

Result<Value> find_app(ClusterClient& client, const GlobalOptions& options,
                       const std::string& name) {
  return find_ours(client, app_resource(), options, name);
}

Result<Value> find_repository(ClusterClient& client, const GlobalOptions& options,
                              const std::string& name) {
  return find_ours(client, repository_resource(), options, name);
}

Result<std::vector<Value>> list_apps(ClusterClient& client, const GlobalOptions& options) {
  return list_of(client, app_resource(),
                 options.all_namespaces ? "" : namespace_of(options, client));
}

Result<std::vector<Value>> list_repositories(ClusterClient& client, const GlobalOptions& options) {
  return list_of(client, repository_resource(),
                 options.all_namespaces ? "" : namespace_of(options, client));
}

Result<std::optional<Value>> find_live(ClusterClient& client, const ObjectKey& key) {
  const std::shared_ptr<const ApiCatalog> catalog = client.catalog();
  const ApiResource* resource = catalog->find_any(key.group_kind());
  if (resource == nullptr) return std::optional<Value>();
  Result<Value> found = client.get(*resource, key);
  if (found) return std::optional<Value>(std::move(found).value());
  if (found.error().code() == kObjectNotFound) return std::optional<Value>();
  return std::move(found).error();
}

}  // namespace plumb::cli
