// build: a folder with a kustomization -> the objects that `kustomize build` prints, in its order.
//
// Reads through the tree only, below the folders of the kustomizations it meets; runs no program
// and asks no network. Every file, value and step is paid from the budget, and how deep
// kustomizations name each other is its "nesting depth". Behaviour of kustomize v5.8.1 without
// flags (api v0.21.1: internal/target, internal/accumulator, krusty). Reentrant.
#pragma once

#include "core/render/kustomize/resource.h"
#include "model/source_tree.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kValidatorChanges{1021, "KustomizeValidatorChanges"};

[[nodiscard]] Result<std::vector<Resource>> build(const SourceTree& tree, const RelPath& folder,
                                                  Budget& budget);

// The text that `kustomize build` prints.
[[nodiscard]] std::string print(const std::vector<Resource>& resources);

}  // namespace plumb::rendering::kustomize
