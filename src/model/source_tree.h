// SourceTree: read-only files by RelPath, the only way a renderer reaches a file. It may be a
// commit in a Git store (edge/git), memory (MemoryTree) or, for `plumb render` on a working copy, a
// folder of the local disk (edge/os). Symlinks are data: nothing follows them but `resolve_links`,
// which never leaves the tree. (after nix's SourceAccessor)
//
// RecordingTree notes everything a renderer looked at. Such a ReadSet still holds in another tree
// exactly when a render of that tree would see the same bytes, which is what the render cache is
// keyed by. Implementations are immutable and thread safe; RecordingTree belongs to one render.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "model/git.h"
#include "model/rel_path.h"

namespace plumb {

inline constexpr ErrorCode kNoSuchPath{212, "PathNotFound"};
inline constexpr ErrorCode kNotAFile{213, "NotAFile"};
inline constexpr ErrorCode kNotADirectory{214, "NotADirectory"};
inline constexpr ErrorCode kLinkLoop{215, "SymlinkLoop"};

enum class EntryKind { file, directory, symlink, submodule };

struct TreeEntry {
  std::string name;
  EntryKind kind = EntryKind::file;
  ObjectId id;  // of the blob or tree: equal ids mean equal content

  friend bool operator==(const TreeEntry&, const TreeEntry&) = default;
};

// Another repository at one commit. The URL is as it was written, but for what is no part of it.
struct RemoteBase {
  std::string url;
  CommitId commit;

  [[nodiscard]] std::string display() const;  // "https://host/org/repo@1f2e3d4c5b6a"
  friend auto operator<=>(const RemoteBase&, const RemoteBase&) = default;
};

class SourceTree {
 public:
  virtual ~SourceTree() = default;
  // What stands at the path itself (a symlink is reported as one); nullopt when nothing does. The
  // root is a directory.
  [[nodiscard]] virtual Result<std::optional<TreeEntry>> entry(const RelPath& path) const = 0;
  // Only the kind of what stands there: cheaper than entry on a disk, and less to depend on in a
  // ReadSet.
  [[nodiscard]] virtual Result<std::optional<EntryKind>> kind(const RelPath& path) const;
  // The entries of a directory, sorted by name.
  [[nodiscard]] virtual Result<std::vector<TreeEntry>> list(const RelPath& directory) const = 0;
  // The bytes of a file, or the target text of a symlink. More than max_bytes is kBudgetExceeded.
  [[nodiscard]] virtual Result<std::string> read(const RelPath& file, uint64_t max_bytes) const = 0;
  // What these files may use of other repositories: nothing, unless the tree is one that says so
  // (model/remote_base.h).
  [[nodiscard]] virtual Result<std::shared_ptr<const SourceTree>> base(
      const RemoteBase& base) const;
};

// Follows symlinks in every part of the path, at most 10 in all, inside the tree. The result need
// not exist. `real`: a folder that was resolved before; what lies below it is not asked for its
// parts again.
[[nodiscard]] Result<RelPath> resolve_links(const SourceTree& tree, const RelPath& path,
                                            const RelPath& real = RelPath());

class MemoryTree final : public SourceTree {
 public:
  explicit MemoryTree(std::map<std::string, std::string> files);
  void add_symlink(const std::string& path, std::string target);

  [[nodiscard]] Result<std::optional<TreeEntry>> entry(const RelPath& path) const override;
  [[nodiscard]] Result<std::optional<EntryKind>> kind(const RelPath& path) const override;
  [[nodiscard]] Result<std::vector<TreeEntry>> list(const RelPath& directory) const override;
  [[nodiscard]] Result<std::string> read(const RelPath& file, uint64_t max_bytes) const override;

 private:
  struct File {
    std::string content;
    bool is_link = false;
  };
  std::map<std::string, File> files_;
};

// What a render knows of a path where something stands. An empty id: only the kind was asked.
struct Seen {
  EntryKind kind = EntryKind::file;
  ObjectId id;

  friend bool operator==(const Seen&, const Seen&) = default;
};

// What one render looked at: per path what it saw, or that nothing was there. A directory with an
// id speaks for everything below it, which then is not noted again.
struct ReadSet {
  std::map<RelPath, std::optional<Seen>> paths;
  // Of other repositories. Their content cannot change; whether they may be used can.
  std::set<RemoteBase> bases = {};
  // Inputs that are not in the tree: chart digests, values of the cluster that were looked up.
  std::map<std::string, std::string> others;

  [[nodiscard]] Digest digest() const;
  friend bool operator==(const ReadSet&, const ReadSet&) = default;
};

[[nodiscard]] Result<bool> holds(const ReadSet& read_set, const SourceTree& tree);

class RecordingTree final : public SourceTree {
 public:
  explicit RecordingTree(const SourceTree& tree) : tree_(tree) {}  // borrows tree

  [[nodiscard]] Result<std::optional<TreeEntry>> entry(const RelPath& path) const override;
  [[nodiscard]] Result<std::optional<EntryKind>> kind(const RelPath& path) const override;
  [[nodiscard]] Result<std::vector<TreeEntry>> list(const RelPath& directory) const override;
  [[nodiscard]] Result<std::string> read(const RelPath& file, uint64_t max_bytes) const override;
  [[nodiscard]] Result<std::shared_ptr<const SourceTree>> base(
      const RemoteBase& base) const override;
  [[nodiscard]] const ReadSet& read_set() const { return read_set_; }

 private:
  // A directory above it was noted with its content.
  [[nodiscard]] bool is_covered(const RelPath& path) const;
  void note(const RelPath& path, std::optional<Seen> seen) const;

  const SourceTree& tree_;
  mutable ReadSet read_set_;
};

}  // namespace plumb
