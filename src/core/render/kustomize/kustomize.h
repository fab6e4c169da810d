// The renderer of folders with a kustomization.yaml, kustomization.yml or Kustomization: what
// `kustomize build` makes of them. Errors of the build are problems with their file and line.
#pragma once

#include "base/budget.h"
#include "core/render/document.h"
#include "model/overlay.h"
#include "model/source_tree.h"

namespace plumb::rendering::kustomize {

[[nodiscard]] Result<Documents> render(const SourceTree& tree, const RelPath& folder,
                                       const Overlay& overlay, Budget& budget, Problems& problems);

// What other renderers made of a folder without a kustomization, and the folders below it that have
// one: changed by the overlay, as if a kustomization of the folder listed them. Documents that are
// no objects stay as they are, for others to find fault with.
[[nodiscard]] Result<Documents> render_loose(const SourceTree& tree, const RelPath& folder,
                                             Documents documents,
                                             const std::vector<RelPath>& folders,
                                             const Overlay& overlay, Budget& budget,
                                             Problems& problems);

}  // namespace plumb::rendering::kustomize
