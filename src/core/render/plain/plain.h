// The plain renderer: YAML and JSON files of a folder and everything below it, or one such file.
//
// Behaviour of Flux's kustomize-controller v1 on a path without a kustomization: every *.yaml and
// *.yml below the folder in name order, other files are not looked at, a folder inside that belongs
// to another renderer is rendered by that one. More than Flux: *.json (strict), links to folders
// inside the tree are followed. Files are left out by .sourceignore (Flux's) and .plumbignore, both
// in .gitignore syntax, in any folder from the root of the source down.
#pragma once

#include <functional>
#include <optional>

#include "base/budget.h"
#include "core/render/document.h"
#include "model/source_tree.h"

namespace plumb::rendering::plain {

// The documents of a folder that belongs to another renderer; nullopt for a plain one.
using RenderMarked = std::function<Result<std::optional<Documents>>(
    const SourceTree& tree, const RelPath& folder, Budget& budget, Problems& problems)>;

[[nodiscard]] Result<Documents> render(const SourceTree& tree, const RelPath& path,
                                       const RenderMarked& render_marked, Budget& budget,
                                       Problems& problems);

}  // namespace plumb::rendering::plain
