#include "core/render/kustomize/kustomize.h"

#include "core/render/kustomize/build.h"

namespace plumb::rendering::kustomize {

Result<Documents> render(const SourceTree& tree, const RelPath& folder, Budget& budget,
                         Problems& problems) {
  Result<std::vector<Resource>> built = build(tree, folder, budget);
  if (!built) {
    problems.add(built.error().while_doing("building \"" + folder.display() + "\""));
    return Documents{};
  }
  Documents out;
  out.documents.reserve(built->size());
  for (Resource& resource : *built) {
    out.documents.push_back({.value = std::move(resource.value), .origin = resource.origin});
  }
  return out;
}

}  // namespace plumb::rendering::kustomize
