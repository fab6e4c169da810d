#include "core/render/kustomize/order.h"

#include <algorithm>
#include <map>
#include <utility>

namespace plumb::rendering::kustomize {
namespace {

std::string or_else(const std::string& text, const char* other) {
  return text.empty() ? other : text;
}

struct Keyed {
  int rank;
  bool reversed;  // namespaces of the core group
  std::string type;
  std::string id;
  Resource resource;
};

bool before(const Keyed& a, const Keyed& b) {
  if (a.type == b.type) return a.id < b.id;
  if (a.rank != b.rank) return a.rank < b.rank;
  const bool namespaces = a.resource.kind() == "Namespace" && b.resource.kind() == "Namespace";
  if (namespaces && (a.reversed || b.reversed)) return a.type > b.type;
  return a.type < b.type;
}

}  // namespace

KindOrder default_kind_order() {
  return {{kFirstKinds.begin(), kFirstKinds.end()}, {kLastKinds.begin(), kLastKinds.end()}};
}

void sort_by_kind(Resources& resources, const KindOrder& order) {
  std::map<std::string, int> ranks;
  for (size_t i = 0; i < order.first.size(); ++i) {
    ranks[order.first[i]] = static_cast<int>(i) - static_cast<int>(order.first.size());
  }
  for (size_t i = 0; i < order.last.size(); ++i) ranks[order.last[i]] = static_cast<int>(i) + 1;
  std::vector<Keyed> keyed;
  keyed.reserve(resources.size());
  for (Resource& resource : resources) {
    const ResourceId id = resource.id();
    const auto rank = ranks.find(id.gvk.kind);
    std::string type = or_else(id.gvk.group, "~G") + "_" + or_else(id.gvk.version, "~V") + "_" +
                       or_else(id.gvk.kind, "~K");
    std::string text = or_else(id.name_space, "~X") + "|" + or_else(id.name, "~N");
    keyed.push_back({rank == ranks.end() ? 0 : rank->second, id.gvk.group.empty(), std::move(type),
                     std::move(text), std::move(resource)});
  }
  std::stable_sort(keyed.begin(), keyed.end(), before);
  resources.clear();
  for (Keyed& one : keyed) resources.push_back(std::move(one.resource));
}

}  // namespace plumb::rendering::kustomize
