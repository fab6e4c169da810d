#include "core/render/kustomize/loader.h"

#include <array>

#include "base/text.h"

namespace plumb::rendering::kustomize {
namespace {

std::string quoted(std::string_view text) {
  return "\"" + escape_terminal(shorten(text, 160)) + "\"";
}

bool is_remote(std::string_view path) {
  static constexpr std::array<std::string_view, 8> kStarts = {
      "http://", "https://", "ssh://", "git::", "git@", "file://", "github.com/", "github.com:"};
  for (const std::string_view start : kStarts) {
    if (path.starts_with(start)) return true;
  }
  return path.find("://") != std::string_view::npos;
}

Result<RelPath> resolve(const SourceTree& tree, const RelPath& folder, const std::string& path) {
  if (is_remote(path)) {
    return Error(kRemoteResource, quoted(without_userinfo(path)) + " is not in this repository")
        .with_help("copy it into the repository, so that a commit says all that is applied");
  }
  return resolve_links(tree, TRY(folder.resolve(path)));
}

}  // namespace

Result<Loader> Loader::open(const SourceTree& tree, const RelPath& folder) {
  RelPath real = TRY(resolve_links(tree, folder));
  if (TRY(tree.kind(real)) != EntryKind::directory) {
    return Error(kNotADirectory, quoted(folder.display()) + " is not a folder");
  }
  return Loader(tree, std::move(real), nullptr);
}

Result<Loader> Loader::open_base(const std::string& path) const {
  RelPath real = TRY(resolve(*tree_, folder_, path));
  const std::optional<EntryKind> kind = TRY(tree_->kind(real));
  if (kind != EntryKind::directory) {
    return Error(kind ? kNotADirectory : kNoSuchPath,
                 quoted(path) + (kind ? " is not a folder" : " does not exist"));
  }
  for (const Loader* loader = this; loader != nullptr; loader = loader->from_) {
    if (loader->folder_.is_within(real)) {
      return Error(kCycle, quoted(path) + " contains " + quoted(loader->folder_.display()) +
                               ", which is being built")
          .with_help("a kustomization cannot use itself or a folder above it");
    }
  }
  return Loader(*tree_, std::move(real), this);
}

Result<RelPath> Loader::find(const std::string& path) const {
  RelPath real = TRY(resolve(*tree_, folder_, path));
  if (!real.is_within(folder_)) {
    return Error(kOutsideRoot, quoted(path) + " is not below " + quoted(folder_.display()))
        .with_help("move the file below its kustomization, or make its folder a base");
  }
  return real;
}

Result<std::string> Loader::read(const RelPath& file, Budget& budget) const {
  if (TRY(tree_->kind(file)) == EntryKind::directory) {
    return Error(kNotAFile, quoted(file.display()) + " is a folder");
  }
  TRY(budget.spend_files());
  std::string text = TRY(tree_->read(file, budget.limits().file_bytes));
  TRY(budget.spend_total_bytes(text.size()));
  return text;
}

Result<std::optional<EntryKind>> Loader::kind(const std::string& path) const {
  return tree_->kind(TRY(resolve(*tree_, folder_, path)));
}

}  // namespace plumb::rendering::kustomize
