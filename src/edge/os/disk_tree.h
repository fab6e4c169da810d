// DiskTree: a SourceTree over a folder of the local disk, for `plumb render` on a working copy.
//
// Ids are hashes of content: of a file's bytes, or of everything below a folder, so asking for the
// entry of a large folder reads all of it (`kind` does not). ".git" is not part of the tree, as it
// is not part of a commit; sockets, pipes and devices are left out. No symbolic link below the root
// is ever followed here. Thread safe; a folder that changes meanwhile is seen as it is at each
// call. Errors of the system are kFileAccess.
#pragma once

#include <filesystem>

#include "edge/os/file_descriptor.h"
#include "model/source_tree.h"

namespace plumb {

inline constexpr ErrorCode kFileAccess{920, "FileAccess"};

class DiskTree final : public SourceTree {
 public:
  [[nodiscard]] static Result<DiskTree> open(const std::filesystem::path& folder);

  [[nodiscard]] Result<std::optional<TreeEntry>> entry(const RelPath& path) const override;
  [[nodiscard]] Result<std::optional<EntryKind>> kind(const RelPath& path) const override;
  [[nodiscard]] Result<std::vector<TreeEntry>> list(const RelPath& directory) const override;
  [[nodiscard]] Result<std::string> read(const RelPath& file, uint64_t max_bytes) const override;

 private:
  explicit DiskTree(FileDescriptor root) : root_(std::move(root)) {}

  // The folder a path stands in, reached without following links; not open where there is none.
  [[nodiscard]] Result<FileDescriptor> open_parent(const RelPath& path) const;
  [[nodiscard]] Result<ObjectId> id_of(const RelPath& path, EntryKind kind) const;

  FileDescriptor root_;
};

}  // namespace plumb
