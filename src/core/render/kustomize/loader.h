// The files a kustomization may read: those below its own folder. Folders of other kustomizations
// (bases, components) may stand anywhere in the tree, but not above one that is being built. Links
// are followed inside the tree and counted as what they lead to. Behaviour of `kustomize build
// --load-restrictor LoadRestrictionsRootOnly` v5.8.1. Borrows the tree; one for each kustomization.
#pragma once

#include <string>
#include <string_view>

#include "base/budget.h"
#include "model/source_tree.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kOutsideRoot{1001, "KustomizeLoadRestriction"};
inline constexpr ErrorCode kCycle{1002, "KustomizeCycle"};
inline constexpr ErrorCode kRemoteResource{1003, "KustomizeRemoteResource"};

class Loader {
 public:
  // Of the kustomization that a build begins with.
  [[nodiscard]] static Result<Loader> open(const SourceTree& tree, const RelPath& folder);
  // Of one that this one names.
  [[nodiscard]] Result<Loader> open_base(const std::string& path) const;

  // A file as a field of the kustomization names it.
  [[nodiscard]] Result<RelPath> find(const std::string& path) const;
  [[nodiscard]] Result<std::string> read(const RelPath& file, Budget& budget) const;
  [[nodiscard]] Result<std::optional<EntryKind>> kind(const std::string& path) const;

  [[nodiscard]] const RelPath& folder() const { return folder_; }
  [[nodiscard]] uint64_t depth() const { return depth_; }

 private:
  Loader(const SourceTree& tree, RelPath folder, const Loader* from)
      : tree_(&tree),
        folder_(std::move(folder)),
        from_(from),
        depth_(from ? from->depth_ + 1 : 1) {}

  const SourceTree* tree_;
  RelPath folder_;
  const Loader* from_;  // outlives this one: its build is under way
  uint64_t depth_;
};

}  // namespace plumb::rendering::kustomize
