// RemoteBase: the files of another repository at one commit, which a kustomization may build upon.
// The commit is part of the name, so that what it stands for never changes.
//
// RemoteBases is what one repository may use of others: whether a policy allows it, and with whose
// credentials it is fetched, is decided where it is made (edge/git/base_store.h). TreeWithBases
// gives it to the files of that repository. Both are thread safe.
#pragma once

#include <compare>
#include <memory>
#include <string>

#include "model/source_tree.h"

namespace plumb {

inline constexpr ErrorCode kRemoteBaseForbidden{216, "RemoteBaseForbidden"};  // by the policy
inline constexpr ErrorCode kRemoteBaseAwaited{217, "RemoteBaseAwaited"};      // being fetched

// kRemoteBaseForbidden, and how it is allowed. `why`: "its host is not allowed".
[[nodiscard]] Error remote_base_forbidden(const RemoteBase& base, const std::string& why);

class RemoteBases {
 public:
  virtual ~RemoteBases() = default;
  // kRemoteBaseForbidden; why it cannot be had; kRemoteBaseAwaited where it will be later, without
  // more being asked.
  [[nodiscard]] virtual Result<std::shared_ptr<const SourceTree>> open(
      const RemoteBase& base) const = 0;
};

class TreeWithBases final : public SourceTree {
 public:
  TreeWithBases(std::shared_ptr<const SourceTree> tree, std::shared_ptr<const RemoteBases> bases)
      : tree_(std::move(tree)), bases_(std::move(bases)) {}

  [[nodiscard]] Result<std::optional<TreeEntry>> entry(const RelPath& path) const override {
    return tree_->entry(path);
  }
  [[nodiscard]] Result<std::optional<EntryKind>> kind(const RelPath& path) const override {
    return tree_->kind(path);
  }
  [[nodiscard]] Result<std::vector<TreeEntry>> list(const RelPath& directory) const override {
    return tree_->list(directory);
  }
  [[nodiscard]] Result<std::string> read(const RelPath& file, uint64_t max_bytes) const override {
    return tree_->read(file, max_bytes);
  }
  [[nodiscard]] Result<std::shared_ptr<const SourceTree>> base(
      const RemoteBase& base) const override {
    return bases_->open(base);
  }

 private:
  const std::shared_ptr<const SourceTree> tree_;
  const std::shared_ptr<const RemoteBases> bases_;
};

}  // namespace plumb
