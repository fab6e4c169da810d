// Manifests of a folder or file of the local disk, as the operator would render them: the tree is
// the whole working copy when the path is in one, so that positions read as in the repository.
#pragma once

#include <memory>
#include <string>

#include "core/render/render.h"
#include "model/remote_base.h"

namespace plumb::cli {

// The root of the working copy that a file or folder is in; its own folder where it is in none.
[[nodiscard]] Result<std::string> working_copy_of(const std::string& path);

// `request` but for its path, which is found from `path`.
[[nodiscard]] Result<Manifests> render_local(const std::string& path,
                                             std::shared_ptr<const RemoteBases> bases,
                                             RenderRequest request = {});

}  // namespace plumb::cli
