#include "cmd/cli/shared_sources.h"

namespace plumb::cli {

Result<std::vector<RelPath>> shared_sources(const SourceTree& tree, const RenderRequest& app) {
  Budget budget;
  const Manifests manifests = TRY(render(tree, app, budget));
  std::vector<RelPath> out;
  for (const auto& [path, seen] : manifests.read_set.paths) {
    const bool has_content = seen && !seen->id.empty();
    if (has_content && !path.is_within(app.path) && !app.path.is_within(path)) out.push_back(path);
  }
  return out;
}

}  // namespace plumb::cli
