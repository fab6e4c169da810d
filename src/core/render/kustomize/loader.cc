#include "core/render/kustomize/loader.h"

#include "base/text.h"

namespace plumb::rendering::kustomize {
namespace {

std::string quoted(std::string_view text) {
  return "\"" + escape_terminal(shorten(text, 160)) + "\"";
}

Error not_read(const std::string& path) {
  return Error(kRemoteResource, quoted(without_userinfo(path)) + " is not in this repository")
      .with_help(
          "files are not read over the network, for nothing says what they hold: copy it into the "
          "repository; a folder of another Git repository can be a base, with its commit: "
          "https://host/org/repo//folder?ref=COMMIT");
}

bool names_a_file(const RepoSpec& spec) {
  const std::string& path = spec.folder.empty() ? spec.repository : spec.folder;
  return spec.ref.empty() &&
         (path.ends_with(".yaml") || path.ends_with(".yml") || path.ends_with(".json"));
}

}  // namespace

Result<Loader> Loader::open(const SourceTree& tree, const RelPath& folder) {
  RelPath real = TRY(resolve_links(tree, folder));
  if (TRY(tree.kind(real)) != EntryKind::directory) {
    return Error(kNotADirectory, quoted(folder.display()) + " is not a folder");
  }
  return Loader(tree, std::move(real), nullptr);
}

bool Loader::is_repository(const std::string& path) const {
  if (!parse_repo_spec(path)) return false;
  const Result<RelPath> inside = folder_.resolve(path);
  if (!inside) return true;
  const Result<RelPath> real = resolve_links(*tree_, *inside, folder_);
  if (!real) return true;
  const Result<std::optional<EntryKind>> kind = tree_->kind(*real);
  return !kind || *kind != EntryKind::file;
}

Result<RelPath> Loader::resolve(const std::string& path) const {
  if (path.find("://") != std::string::npos || is_repository(path)) return not_read(path);
  return resolve_links(*tree_, TRY(folder_.resolve(path)), folder_);
}

Result<Loader> Loader::open_base(const std::string& path) const {
  if (const std::optional<RepoSpec> spec = parse_repo_spec(path)) {
    return open_repository(*spec, path);
  }
  RelPath real = TRY(resolve(path));
  const std::optional<EntryKind> kind = TRY(tree_->kind(real));
  if (kind != EntryKind::directory) {
    return Error(kind ? kNotADirectory : kNoSuchPath,
                 quoted(path) + (kind ? " is not a folder" : " does not exist"));
  }
  Loader base(*tree_, std::move(real), this);
  base.repository_ = repository_;
  base.keep_ = keep_;
  TRY(check_cycle(base, path));
  return base;
}

// A commit cannot name itself, so that chains of repositories end; how long they may be is the
// nesting depth of a build.
Result<Loader> Loader::open_repository(const RepoSpec& spec, const std::string& path) const {
  if (names_a_file(spec)) return not_read(path);
  const RemoteBase wanted = TRY(pinned(spec));
  std::shared_ptr<const SourceTree> tree = TRY(root_->base(wanted));
  RelPath real = TRY(resolve_links(*tree, TRY(RelPath::parse("./" + spec.folder))));
  Loader base(*tree, std::move(real), this);
  base.repository_ = wanted;
  base.keep_ = std::move(tree);
  const std::optional<EntryKind> kind = TRY(base.tree_->kind(base.folder_));
  if (kind != EntryKind::directory) {
    const bool submodule = kind == EntryKind::submodule;
    return Error(kind ? kNotADirectory : kNoSuchPath,
                 quoted(base.name(base.folder_)) + (submodule
                                                        ? " is a Git submodule, which is not read"
                                                    : kind ? " is not a folder"
                                                           : " does not exist"))
        .with_help(submodule ? "name the submodule's own repository and commit"
                             : "a base is a folder with a kustomization.yaml");
  }
  TRY(check_cycle(base, path));
  return base;
}

Result<void> Loader::check_cycle(const Loader& base, const std::string& path) const {
  for (const Loader* loader = this; loader != nullptr; loader = loader->from_) {
    if (loader->repository_ == base.repository_ && loader->folder_.is_within(base.folder_)) {
      return Error(kCycle, quoted(without_userinfo(path)) + " contains " +
                               quoted(loader->name(loader->folder_)) + ", which is being built")
          .with_help("a kustomization cannot use itself or a folder above it");
    }
  }
  return {};
}

std::string Loader::name(const RelPath& path) const {
  return repository_ ? repository_->display() + ":" + path.display() : path.display();
}

Result<RelPath> Loader::find(const std::string& path) const {
  RelPath real = TRY(resolve(path));
  if (!real.is_within(folder_)) {
    return Error(kOutsideRoot, quoted(path) + " is not below " + quoted(name(folder_)))
        .with_help("move the file below its kustomization, or make its folder a base");
  }
  return real;
}

Result<std::string> Loader::read(const RelPath& file, Budget& budget) const {
  if (TRY(tree_->kind(file)) == EntryKind::directory) {
    return Error(kNotAFile, quoted(name(file)) + " is a folder");
  }
  TRY(budget.spend_files());
  std::string text = TRY(tree_->read(file, budget.limits().file_bytes));
  TRY(budget.spend_total_bytes(text.size()));
  return text;
}

Result<std::optional<EntryKind>> Loader::kind(const std::string& path) const {
  return tree_->kind(TRY(resolve(path)));
}

}  // namespace plumb::rendering::kustomize
