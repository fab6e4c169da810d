#include "cmd/cli/app_source.h"

#include <filesystem>

#include "base/digest.h"
#include "cmd/cli/app_variables.h"
#include "cmd/cli/cluster_access.h"
#include "cmd/shared/remote_bases.h"
#include "core/render/render.h"
#include "core/spec/resources.h"

namespace plumb::cli {

namespace {

std::string secret_value(const Value& secret, std::string_view name) {
  return base64_decode(secret.string_at({"data", name})).value_or("");
}

Result<GitCredentials> credentials_of(ClusterClient& client, const Value& repository) {
  std::string name = repository.string_at({"spec", "secretRef", "name"});
  if (name.empty()) name = repository.string_at({"spec", "secretRef"});
  if (name.empty()) return GitCredentials{};
  const ApiResource secrets{.gvk = {"", "v1", "Secret"}, .plural = "secrets", .namespaced = true};
  const ObjectKey key{"", "Secret", repository.string_at({"metadata", "namespace"}), name};
  const Result<Value> secret = client.get(secrets, key);
  if (!secret) {
    return secret.error()
        .while_doing("reading the credentials of the repository")
        .with_help("without access to the Secret: plumb diff PATH on a working copy");
  }
  return GitCredentials{.username = secret_value(*secret, "username"),
                        .password = secret_value(*secret, "password"),
                        .bearer_token = secret_value(*secret, "bearerToken"),
                        .ca_pem = secret_value(*secret, "ca.crt"),
                        .ssh_identity = secret_value(*secret, "identity"),
                        .known_hosts = secret_value(*secret, "known_hosts")};
}

RefSelector selector_of(const Value& repository) {
  const auto field = [&](std::string_view name) {
    return repository.string_at({"spec", "ref", name});
  };
  return {.branch = field("branch"),
          .tag = field("tag"),
          .semver = field("semver"),
          .commit = field("commit"),
          .name = field("name")};
}

}  // namespace

Result<FetchedRepository> fetch_repository(ClusterClient& client, const Value& app, bool shallow,
                                           std::stop_token stop) {
  const RepositoryKey key = app_view(app).repository;
  const Value repository = TRY(client.get(repository_resource(), object_key(key)));
  const std::string url = repository.string_at({"spec", "url"});
  // Plain text is for the operator to allow; here a person reads what they asked for.
  const GitOptions options{.allow_http = true};
  PrivateDirectory cache =
      TRY(PrivateDirectory::make(std::filesystem::temp_directory_path().string(), "plumb-fetch-"));
  std::shared_ptr<GitStore> store = TRY(GitStore::open(cache.path(), url, options));
  GitCredentials credentials = TRY(credentials_of(client, repository));
  FetchResult fetched = TRY(store->fetch({.url = url,
                                          .ref = selector_of(repository),
                                          .credentials = credentials,
                                          .deadline = Deadline::in(std::chrono::minutes(2)),
                                          .allow_rewind = true,
                                          .shallow = shallow},
                                         std::move(stop)));
  return FetchedRepository{std::move(cache), std::move(store), std::move(fetched.revision), url,
                           std::move(credentials)};
}

Result<AppSource> fetch_app_source(ClusterClient& client, const Value& app,
                                   const std::vector<std::string>& remote, std::stop_token stop) {
  const FetchedRepository fetched = TRY(fetch_repository(client, app, true, stop));
  RemoteBasesOptions options{.allowed = remote, .url = fetched.url};
  options.credentials = fetched.credentials;
  const TreeWithBases tree(TRY(fetched.store->open_tree(fetched.revision.commit)),
                           TRY(remote_bases(std::move(options), std::move(stop))));
  Budget budget;
  const RelPath path = TRY(RelPath::parse(app.string_at({"spec", "path"})));
  const RenderRequest request{
      .path = path, .overlay = overlay_of(app), .substitution = TRY(read_variables(client, app))};
  Redaction secrets = redaction_of(request.substitution);
  Result<Manifests> manifests = render(tree, request, budget);
  if (!manifests) return secrets(manifests.error());
  return AppSource{fetched.revision.display(), *std::move(manifests), std::move(secrets)};
}

}  // namespace plumb::cli
