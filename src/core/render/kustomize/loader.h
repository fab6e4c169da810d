// The files a kustomization may read: those below its own folder. Folders of other kustomizations
// (bases, components) may stand anywhere in the tree, but not above one that is being built. Links
// are followed inside the tree and counted as what they lead to. A base in another repository has
// that one's commit as its tree, and reaches nothing else; what it names in a third repository is
// asked of the tree that the build began with. Behaviour of `kustomize build --load-restrictor
// LoadRestrictionsRootOnly` v5.8.1. Borrows the tree; one for each kustomization.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/budget.h"
#include "core/render/kustomize/repo_spec.h"
#include "model/source_tree.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kOutsideRoot{1001, "KustomizeLoadRestriction"};
inline constexpr ErrorCode kCycle{1002, "KustomizeCycle"};
inline constexpr ErrorCode kRemoteResource{1003, "KustomizeRemoteResource"};

class Loader {
 public:
  // Of the kustomization that a build begins with.
  [[nodiscard]] static Result<Loader> open(const SourceTree& tree, const RelPath& folder);
  // Of one that this one names: a folder of its tree, or of another repository.
  [[nodiscard]] Result<Loader> open_base(const std::string& path) const;

  // Whether a field names a repository by this. A file of such a name is that file.
  [[nodiscard]] bool is_repository(const std::string& path) const;
  // A file as a field of the kustomization names it.
  [[nodiscard]] Result<RelPath> find(const std::string& path) const;
  [[nodiscard]] Result<std::string> read(const RelPath& file, Budget& budget) const;
  [[nodiscard]] Result<std::optional<EntryKind>> kind(const std::string& path) const;

  [[nodiscard]] const RelPath& folder() const { return folder_; }
  [[nodiscard]] uint64_t depth() const { return depth_; }
  // The other repository that its files are of.
  [[nodiscard]] const std::optional<RemoteBase>& repository() const { return repository_; }
  // How messages name a file or folder of the tree: "base/web.yaml", and of another repository
  // "https://host/org/repo@1f2e3d4c5b6a:base/web.yaml".
  [[nodiscard]] std::string name(const RelPath& path) const;

 private:
  Loader(const SourceTree& tree, RelPath folder, const Loader* from)
      : root_(from ? from->root_ : &tree),
        tree_(&tree),
        folder_(std::move(folder)),
        from_(from),
        depth_(from ? from->depth_ + 1 : 1) {}
  [[nodiscard]] Result<RelPath> resolve(const std::string& path) const;
  [[nodiscard]] Result<Loader> open_repository(const RepoSpec& spec, const std::string& path) const;
  [[nodiscard]] Result<void> check_cycle(const Loader& base, const std::string& path) const;

  const SourceTree* root_;  // that the build began with
  const SourceTree* tree_;
  std::optional<RemoteBase> repository_;
  std::shared_ptr<const SourceTree> keep_;  // the tree of another repository
  RelPath folder_;
  const Loader* from_;  // outlives this one: its build is under way
  uint64_t depth_;
};

}  // namespace plumb::rendering::kustomize
