#include "edge/cluster/discovery.h"

#include <algorithm>

namespace plumb {
namespace {

const List& list_at(const Value& value, std::string_view name) {
  static const List kNone;
  const Value* found = value.find(name);
  return found != nullptr && found->is_list() ? *found->as_list() : kNone;
}

bool has_verb(const Value& resource, std::string_view verb) {
  const List& verbs = list_at(resource, "verbs");
  return std::any_of(verbs.begin(), verbs.end(),
                     [&](const Value& one) { return one.is_string() && *one.as_string() == verb; });
}

}  // namespace

bool is_aggregated(const Value& document) {
  return document.string_at({"kind"}) == "APIGroupDiscoveryList";
}

DiscoveryPart read_aggregated(const Value& document) {
  DiscoveryPart part;
  for (const Value& group : list_at(document, "items")) {
    const std::string group_name = group.string_at({"metadata", "name"});
    for (const Value& version : list_at(group, "versions")) {
      const std::string version_name = version.string_at({"version"});
      if (version.string_at({"freshness"}) == "Stale") part.partial.push_back(group_name);
      for (const Value& resource : list_at(version, "resources")) {
        // Only what can be read by name is an object (a TokenReview can only be created).
        if (!has_verb(resource, "get")) continue;
        part.resources.push_back(
            {{group_name, version_name, resource.string_at({"responseKind", "kind"})},
             resource.string_at({"resource"}),
             resource.string_at({"scope"}) != "Cluster"});
      }
    }
  }
  return part;
}

std::vector<std::string> group_versions(const Value& document) {
  std::vector<std::string> found;
  for (const Value& version : list_at(document, "versions")) {  // of APIVersions: "v1"
    if (version.is_string()) found.push_back(*version.as_string());
  }
  for (const Value& group : list_at(document, "groups")) {
    const std::string preferred = group.string_at({"preferredVersion", "groupVersion"});
    if (!preferred.empty()) found.push_back(preferred);
    for (const Value& version : list_at(group, "versions")) {
      const std::string name = version.string_at({"groupVersion"});
      if (!name.empty() && name != preferred) found.push_back(name);
    }
  }
  return found;
}

std::vector<ApiResource> read_resource_list(const Value& document) {
  std::vector<ApiResource> found;
  const std::string group_version = document.string_at({"groupVersion"});
  for (const Value& resource : list_at(document, "resources")) {
    const std::string name = resource.string_at({"name"});
    if (name.find('/') != std::string::npos || !has_verb(resource, "get")) continue;
    found.push_back({make_gvk(group_version, resource.string_at({"kind"})), name,
                     resource.bool_at({"namespaced"})});
  }
  return found;
}

std::shared_ptr<const ApiCatalog> make_catalog(const std::vector<const DiscoveryPart*>& parts) {
  auto catalog = std::make_shared<ApiCatalog>();
  for (const DiscoveryPart* part : parts) {
    for (const ApiResource& resource : part->resources) {
      // Of two resources with one kind, and of two versions of one, the first counts.
      catalog->resources.emplace(resource.gvk, resource);
      catalog->preferred.emplace(resource.gvk.group_kind(), resource.gvk);
    }
    catalog->partial.insert(part->partial.begin(), part->partial.end());
  }
  return catalog;
}

}  // namespace plumb
