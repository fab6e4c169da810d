// What an app is made from outside of its own path: a base, a component, an ignore file. Others may
// be made from it, too, so that a rollback of the app does not touch it unasked.
#pragma once

#include <vector>

#include "core/render/render.h"
#include "model/source_tree.h"

namespace plumb::cli {

// The files and folders, by path; errors are those of the render.
[[nodiscard]] Result<std::vector<RelPath>> shared_sources(const SourceTree& tree,
                                                          const RenderRequest& app);

}  // namespace plumb::cli
