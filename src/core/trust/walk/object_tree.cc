#include "core/trust/walk/object_tree.h"

#include <algorithm>

#include "base/text.h"

namespace plumb::trust {
namespace {

EntryKind kind_of(uint32_t mode) {
  if (mode == kTreeMode) return EntryKind::directory;
  if (mode == 0120000) return EntryKind::symlink;
  return mode == 0160000 ? EntryKind::submodule : EntryKind::file;
}

std::string shown(const RelPath& path) {
  return "\"" + escape_terminal(path.display()) + "\"";
}

}  // namespace

Result<std::optional<TreeEntry>> ObjectTree::entry(const RelPath& path) const {
  if (path.is_root()) return std::optional(TreeEntry{"", EntryKind::directory, root_});
  const std::optional<TreeItem> found = TRY(objects_.item(root_, path.str()));
  if (!found) return std::optional<TreeEntry>();
  return std::optional(TreeEntry{found->name, kind_of(found->mode), found->id});
}

Result<std::vector<TreeEntry>> ObjectTree::list(const RelPath& directory) const {
  const std::optional<TreeEntry> self = TRY(entry(directory));
  if (!self) return Error(kNoSuchPath, "there is no " + shown(directory) + " in the source");
  if (self->kind != EntryKind::directory) {
    return Error(kNotADirectory, shown(directory) + " is not a directory");
  }
  std::vector<TreeEntry> out;
  const std::shared_ptr<const Tree> tree = TRY(objects_.tree(self->id));
  for (const TreeItem& item : *tree) out.push_back({item.name, kind_of(item.mode), item.id});
  std::sort(out.begin(), out.end(),
            [](const TreeEntry& a, const TreeEntry& b) { return a.name < b.name; });
  return out;
}

Result<std::string> ObjectTree::read(const RelPath& file, uint64_t max_bytes) const {
  const std::optional<TreeEntry> self = TRY(entry(file));
  if (!self) return Error(kNoSuchPath, "there is no " + shown(file) + " in the source");
  if (self->kind != EntryKind::file && self->kind != EntryKind::symlink) {
    return Error(kNotAFile, shown(file) + " is no file");
  }
  return objects_.bytes(self->id.str(), GitObjectKind::blob, max_bytes);
}

}  // namespace plumb::trust
