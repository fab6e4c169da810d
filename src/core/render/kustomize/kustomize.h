// The renderer of folders with a kustomization.yaml, kustomization.yml or Kustomization: what
// `kustomize build` makes of them. Errors of the build are problems with their file and line.
#pragma once

#include "base/budget.h"
#include "core/render/document.h"
#include "model/source_tree.h"

namespace plumb::rendering::kustomize {

[[nodiscard]] Result<Documents> render(const SourceTree& tree, const RelPath& folder,
                                       Budget& budget, Problems& problems);

}  // namespace plumb::rendering::kustomize
