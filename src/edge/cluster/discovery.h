// Reading of discovery documents. Internal to edge/cluster; pure functions on answers of the
// server. Source of the forms: k8s.io/api apidiscovery/v2, metav1.APIGroupList, APIResourceList.
#pragma once

#include <string>
#include <vector>

#include "model/observed.h"

namespace plumb {

// What one of /api and /apis says, in the server's order: preferred versions first.
struct DiscoveryPart {
  std::vector<ApiResource> resources;
  std::vector<std::string> partial;  // groups of which something could not be read
};

[[nodiscard]] bool is_aggregated(const Value& document);
[[nodiscard]] DiscoveryPart read_aggregated(const Value& document);

// Without aggregated discovery: the group versions that /api or /apis lists, preferred ones first,
// and the resources of one of them.
[[nodiscard]] std::vector<std::string> group_versions(const Value& document);
[[nodiscard]] std::vector<ApiResource> read_resource_list(const Value& document);

[[nodiscard]] std::shared_ptr<const ApiCatalog> make_catalog(
    const std::vector<const DiscoveryPart*>& parts);

}  // namespace plumb
