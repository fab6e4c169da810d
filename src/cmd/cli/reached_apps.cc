#include "cmd/cli/reached_apps.h"

#include <set>

#include "core/render/render.h"
#include "core/spec/resources.h"
#include "edge/git_push/own_clone.h"

namespace plumb::cli {
namespace {

// All that the person may list.
Result<std::vector<Value>> list_widely(ClusterClient& client, const ApiResource& resource,
                                       const std::string& namespace_, bool& everywhere) {
  Result<std::vector<Value>> all = client.list(resource, {});
  if (all) return all;
  everywhere = false;
  return client.list(resource, {.namespace_ = namespace_});
}

RepositoryKey repository_key(const Value& repository) {
  return {{repository.string_at({"metadata", "namespace"}),
           repository.string_at({"metadata", "name"})}};
}

}  // namespace

std::string followed_branch(const Value& repository) {
  constexpr std::string_view kHeads = "refs/heads/";
  const auto field = [&](std::string_view name) {
    return repository.string_at({"spec", "ref", name});
  };
  if (!field("tag").empty() || !field("semver").empty() || !field("commit").empty()) return "";
  if (!field("branch").empty()) return field("branch");
  for (const std::string& ref : {field("name"), repository.string_at({"status", "ref"})}) {
    if (ref.starts_with(kHeads)) return ref.substr(kHeads.size());
  }
  return "";
}

Result<Neighbours> neighbours_of(ClusterClient& client, const AppView& app,
                                 const Value& repository) {
  Neighbours out;
  const std::string url = repository.string_at({"spec", "url"});
  std::set<RepositoryKey> same{repository_key(repository)};
  for (const Value& one : TRY(list_widely(client, repository_resource(),
                                          repository_key(repository).namespace_, out.everywhere))) {
    if (same_repository(one.string_at({"spec", "url"}), url) &&
        followed_branch(one) == followed_branch(repository)) {
      same.insert(repository_key(one));
    }
  }
  for (Value& one : TRY(list_widely(client, app_resource(), app.key.namespace_, out.everywhere))) {
    const AppView view = app_view(one);
    if (view.key != app.key && same.contains(view.repository)) out.apps.push_back(std::move(one));
  }
  return out;
}

Result<ReachedApps> reached_apps(const std::vector<Value>& apps, const SourceTree& tip,
                                 const SourceTree& reverted) {
  ReachedApps out;
  for (const Value& app : apps) {
    const std::string name = app_view(app).key.display();
    const Result<RelPath> path = RelPath::parse(app.string_at({"spec", "path"}));
    Budget budget;
    const Result<Manifests> manifests = path ? render(tip,
                                                      {.path = *path,
                                                       .overlay = overlay_of(app),
                                                       .substitution = known_substitution_of(app)},
                                                      budget)
                                             : path.error();
    if (!manifests) {
      out.unknown.push_back(name);
    } else if (!TRY(holds(manifests->read_set, reverted))) {
      out.names.push_back(name);
    }
  }
  return out;
}

}  // namespace plumb::cli
