// Manifests of a folder or file of the local disk, as the operator would render them: the tree is
// the whole working copy when the path is in one, so that positions read as in the repository.
#pragma once

#include <string>

#include "model/manifests.h"

namespace plumb::cli {

[[nodiscard]] Result<Manifests> render_local(const std::string& path);

}  // namespace plumb::cli
