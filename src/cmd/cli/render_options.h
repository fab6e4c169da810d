// What a person asks `plumb render` for beside the folder: an App in a file, variables.
#pragma once

#include "cmd/cli/commands.h"
#include "core/render/render.h"

namespace plumb::cli {

struct RenderOptions {
  std::string path;  // of the local disk
  RenderRequest request;
  bool takes_more =
      false;  // the App takes variables from objects of the cluster, which is not asked
};

// What the App says, and the variables of the command line over its own.
[[nodiscard]] Result<RenderOptions> render_options(const RenderCommand& command);

}  // namespace plumb::cli
