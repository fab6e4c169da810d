#include "edge/git/git_tree.h"

#include <algorithm>

#include "base/text.h"
#include "edge/git/git_objects.h"

namespace plumb {
namespace {

constexpr uint64_t kMaxTreeBytes = 32 << 20;

using Entries = TreeCache::Entries;

std::string shown(const RelPath& path) {
  return "\"" + escape_terminal(path.display()) + "\"";
}

// Where a tree's objects come from. A tree was fetched whole, so that an object that is missing or
// of another kind is damage.
class Objects {
 public:
  virtual ~Objects() = default;
  [[nodiscard]] virtual Result<std::string> bytes(const ObjectId& id, GitObjectKind kind,
                                                  uint64_t max_bytes) const = 0;
};

class StoreObjects final : public Objects {
 public:
  explicit StoreObjects(std::shared_ptr<const ObjectStore> store) : store_(std::move(store)) {}

  Result<std::string> bytes(const ObjectId& id, GitObjectKind kind,
                            uint64_t max_bytes) const override {
    const ObjectKind wanted = kind == GitObjectKind::tree ? ObjectKind::tree : ObjectKind::blob;
    std::optional<RawObject> found = TRY(store_->read(id.str(), max_bytes));
    if (found && found->kind == wanted) return std::move(found->bytes);
    store_->condemn();
    return Error(kCorruptStore, "the local Git store lacks object " + id.str(), Retry::transient)
        .with_help("nothing to do: the next fetch builds the store anew");
  }

 private:
  const std::shared_ptr<const ObjectStore> store_;
};

class SourceObjects final : public Objects {
 public:
  explicit SourceObjects(std::shared_ptr<const GitObjectSource> source)
      : source_(std::move(source)) {}

  Result<std::string> bytes(const ObjectId& id, GitObjectKind kind,
                            uint64_t max_bytes) const override {
    std::optional<GitObject> found = TRY(source_->read_object(id.str(), max_bytes));
    if (found && found->kind == kind) return std::move(found->bytes);
    return Error(kStoreFailed, "the repository lacks object " + id.str())
        .with_help("a partial clone does not have all files: clone without --filter");
  }

 private:
  const std::shared_ptr<const GitObjectSource> source_;
};

class GitTree final : public SourceTree {
 public:
  GitTree(std::unique_ptr<const Objects> objects, std::shared_ptr<TreeCache> trees, ObjectId root)
      : objects_(std::move(objects)), trees_(std::move(trees)), root_(std::move(root)) {}

  Result<std::optional<TreeEntry>> entry(const RelPath& path) const override {
    TreeEntry at{"", EntryKind::directory, root_};
    for (const std::string& part : path.parts()) {
      if (at.kind != EntryKind::directory) return std::optional<TreeEntry>();
      const Entries entries = TRY(directory(at.id));
      const auto found = std::lower_bound(
          entries->begin(), entries->end(), part,
          [](const TreeEntry& entry, const std::string& name) { return entry.name < name; });
      if (found == entries->end() || found->name != part) return std::optional<TreeEntry>();
      at = *found;
    }
    return std::optional(std::move(at));
  }

  Result<std::vector<TreeEntry>> list(const RelPath& path) const override {
    const TreeEntry self = TRY(existing(path));
    if (self.kind != EntryKind::directory) {
      return Error(kNotADirectory, shown(path) + " is not a directory");
    }
    return *TRY(directory(self.id));
  }

  Result<std::string> read(const RelPath& file, uint64_t max_bytes) const override {
    const TreeEntry self = TRY(existing(file));
    if (self.kind != EntryKind::file && self.kind != EntryKind::symlink) {
      return Error(kNotAFile,
                   shown(file) + (self.kind == EntryKind::submodule ? " is a Git submodule"
                                                                    : " is a directory"));
    }
    Result<std::string> blob = objects_->bytes(self.id, GitObjectKind::blob, max_bytes);
    if (!blob && blob.error().code() == kBudgetExceeded) {
      return Error(kBudgetExceeded,
                   shown(file) + " is larger than " + std::to_string(max_bytes) + " bytes");
    }
    return blob;
  }

 private:
  Result<TreeEntry> existing(const RelPath& path) const {
    std::optional<TreeEntry> found = TRY(entry(path));
    if (!found) return Error(kNoSuchPath, "there is no " + shown(path) + " in the source");
    return *std::move(found);
  }

  Result<Entries> directory(const ObjectId& id) const {
    if (Entries known = trees_->find(id)) return known;
    const std::string raw = TRY(objects_->bytes(id, GitObjectKind::tree, kMaxTreeBytes));
    Entries parsed = std::make_shared<const std::vector<TreeEntry>>(TRY(parse_tree(raw)));
    trees_->insert(id, parsed);
    return parsed;
  }

  const std::unique_ptr<const Objects> objects_;
  const std::shared_ptr<TreeCache> trees_;  // every path goes through the same few directories
  const ObjectId root_;
};

}  // namespace

Result<std::shared_ptr<const SourceTree>> open_git_tree(std::shared_ptr<const ObjectStore> store,
                                                        const CommitId& commit) {
  CommitText text = TRY(parse_commit(TRY(commit_bytes(*store, commit))));
  std::shared_ptr<TreeCache> trees = store->trees();
  return std::shared_ptr<const SourceTree>(std::make_shared<GitTree>(
      std::make_unique<StoreObjects>(std::move(store)), std::move(trees), std::move(text.tree)));
}

Result<std::shared_ptr<const SourceTree>> open_git_tree(
    std::shared_ptr<const GitObjectSource> objects, const CommitId& commit) {
  constexpr uint64_t kMaxCommitBytes = 1 << 20;
  const std::optional<GitObject> found = TRY(objects->read_object(commit.str(), kMaxCommitBytes));
  if (!found) {
    return Error(kCommitNotFound, "commit " + commit.str() + " is not in this repository")
        .with_help("a shallow clone has the newest commits only: git fetch --unshallow");
  }
  if (found->kind != GitObjectKind::commit) {
    return Error(kNotACommit, commit.str() + " is not a commit");
  }
  const CommitText text = TRY(parse_commit(found->bytes));
  return open_git_tree(std::move(objects), text.tree);
}

std::shared_ptr<const SourceTree> open_git_tree(std::shared_ptr<const GitObjectSource> objects,
                                                const ObjectId& root) {
  return std::make_shared<GitTree>(std::make_unique<SourceObjects>(std::move(objects)),
                                   std::make_shared<TreeCache>(), root);
}

}  // namespace plumb
