// ObjectTree: the files of a Git tree, read through Objects: what a renderer sees of a commit that
// is being judged. Borrows the objects; like them not thread safe.
#pragma once

#include "core/trust/walk/objects.h"
#include "model/source_tree.h"

namespace plumb::trust {

class ObjectTree final : public SourceTree {
 public:
  ObjectTree(Objects& objects, ObjectId root) : objects_(objects), root_(std::move(root)) {}

  [[nodiscard]] Result<std::optional<TreeEntry>> entry(const RelPath& path) const override;
  [[nodiscard]] Result<std::vector<TreeEntry>> list(const RelPath& directory) const override;
  [[nodiscard]] Result<std::string> read(const RelPath& file, uint64_t max_bytes) const override;

 private:
  Objects& objects_;
  const ObjectId root_;
};

}  // namespace plumb::trust
