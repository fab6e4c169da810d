#include "cmd/cli/local_source.h"

#include <filesystem>

#include "cmd/cli/session.h"
#include "core/render/render.h"
#include "edge/os/disk_tree.h"

namespace plumb::cli {

namespace {

namespace fs = std::filesystem;

// The working copy a folder is in, or the folder itself.
fs::path tree_root(const fs::path& folder) {
  std::error_code ignored;
  for (fs::path at = folder;; at = at.parent_path()) {
    if (fs::exists(at / ".git", ignored)) return at;
    if (at == at.parent_path()) return folder;
  }
}

}  // namespace

Result<std::string> working_copy_of(const std::string& path) {
  std::error_code failed;
  const fs::path whole = fs::canonical(path, failed);
  if (failed) return Error(kUsage, "\"" + path + "\" cannot be read: " + failed.message());
  return tree_root(fs::is_directory(whole, failed) ? whole : whole.parent_path()).string();
}

Result<Manifests> render_local(const std::string& path, std::shared_ptr<const RemoteBases> bases,
                               RenderRequest request) {
  std::error_code failed;
  const fs::path whole = fs::canonical(path, failed);
  if (failed) {
    return Error(kUsage, "\"" + path + "\" cannot be read: " + failed.message())
        .with_help("give a folder or a YAML file, as in plumb render apps/web");
  }
  const bool folder = fs::is_directory(whole, failed);
  if (!folder && !fs::is_regular_file(whole, failed)) {
    return Error(kUsage, "\"" + path + "\" is neither a folder nor a file")
        .with_help("give a folder or a YAML file, as in plumb render apps/web");
  }
  const fs::path root = tree_root(folder ? whole : whole.parent_path());
  const std::string inside = whole == root ? "" : whole.lexically_relative(root).string();
  const TreeWithBases tree(std::make_shared<const DiskTree>(TRY(DiskTree::open(root))),
                           std::move(bases));
  Budget budget;
  request.path = TRY(RelPath::parse(inside));
  return render(tree, request, budget);
}

}  // namespace plumb::cli
