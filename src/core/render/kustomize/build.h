// build: a folder with a kustomization -> the objects that `kustomize build` prints, in its order.
//
// Reads through the tree only, below the folders of the kustomizations it meets; runs no program
// and asks no network. Every file, value and step is paid from the budget, and how deep
// kustomizations name each other is its "nesting depth". Behaviour of kustomize v5.8.1 without
// flags (api v0.21.1: internal/target, internal/accumulator, krusty). Reentrant.
#pragma once

#include "core/render/kustomize/resource.h"
#include "model/overlay.h"
#include "model/source_tree.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kValidatorChanges{1021, "KustomizeValidatorChanges"};

// The kustomization of the folder with what an App adds to it.
[[nodiscard]] Result<std::vector<Resource>> build(const SourceTree& tree, const RelPath& folder,
                                                  Budget& budget, const Overlay& overlay = {});

// What stands for the resources of a folder that has no kustomization.
struct LooseResources {
  Resources objects;             // read by another renderer; none of them is left out
  std::vector<RelPath> folders;  // with kustomizations of their own
};
[[nodiscard]] Result<std::vector<Resource>> build_loose(const SourceTree& tree,
                                                        const RelPath& folder,
                                                        LooseResources resources, Budget& budget,
                                                        const Overlay& overlay);

// The text that `kustomize build` prints.
[[nodiscard]] std::string print(const std::vector<Resource>& resources);

}  // namespace plumb::rendering::kustomize
