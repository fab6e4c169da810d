// Objects: commits, trees and blobs of one walk, parsed once. Borrows the source; keeps what it
// parsed. Not thread safe. Errors: kMissingObject, kBadTree, those of the source and of
// parse_commit.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/trust/signature/git_object.h"
#include "core/trust/walk/walk_errors.h"
#include "model/git_object_source.h"

namespace plumb::trust {

struct TreeItem {
  std::string name;
  uint32_t mode = 0;  // 0100644, 0100755, 0120000, 040000 or 0160000
  ObjectId id;

  friend bool operator==(const TreeItem&, const TreeItem&) = default;
};

inline constexpr uint32_t kTreeMode = 040000;
inline constexpr uint32_t kFileMode = 0100644;
inline constexpr uint32_t kProgramMode = 0100755;

using Tree = std::vector<TreeItem>;  // in Git's order, which is checked

// Strict: what Git itself would not write is kBadTree.
[[nodiscard]] Result<Tree> parse_tree(std::string_view bytes, ObjectFormat format);

class Objects {
 public:
  explicit Objects(const GitObjectSource& source) : source_(source) {}

  [[nodiscard]] Result<std::string> bytes(const std::string& id, GitObjectKind kind,
                                          uint64_t max_bytes);
  [[nodiscard]] Result<std::shared_ptr<const CommitObject>> commit(const CommitId& id);
  [[nodiscard]] Result<std::shared_ptr<const Tree>> tree(const ObjectId& id);
  // What stands at a path of a tree; nullopt where nothing does.
  [[nodiscard]] Result<std::optional<TreeItem>> item(const ObjectId& tree, std::string_view path);

 private:
  const GitObjectSource& source_;
  std::unordered_map<CommitId, std::shared_ptr<const CommitObject>> commits_;
  std::unordered_map<ObjectId, std::shared_ptr<const Tree>> trees_;
};

[[nodiscard]] const char* to_string(GitObjectKind kind);

}  // namespace plumb::trust
