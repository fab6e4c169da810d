#include "model/source_tree.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "model/remote_base.h"

namespace plumb {
namespace {

constexpr int kMaxLinks = 10;
constexpr uint64_t kMaxLinkTarget = 4096;

Error no_such_path(const RelPath& path) {
  return Error(kNoSuchPath,
               "there is no \"" + escape_terminal(path.display()) + "\" in the source");
}

}  // namespace

Result<std::optional<EntryKind>> SourceTree::kind(const RelPath& path) const {
  const std::optional<TreeEntry> found = TRY(entry(path));
  return found ? std::optional(found->kind) : std::nullopt;
}

std::string RemoteBase::display() const {
  return escape_terminal(without_userinfo(url)) + "@" + abbreviated(commit);
}

Error remote_base_forbidden(const RemoteBase& base, const std::string& why) {
  return Error(kRemoteBaseForbidden,
               "the base \"" + escape_terminal(shorten(without_userinfo(base.url), 160)) +
                   "\" is in another repository, and " + why,
               Retry::denied)
      .with_help(
          "allow its host by the flag --remote-bases, or copy the base into this repository");
}

Result<std::shared_ptr<const SourceTree>> SourceTree::base(const RemoteBase& base) const {
  return remote_base_forbidden(base, "none is allowed here");
}

Result<RelPath> resolve_links(const SourceTree& tree, const RelPath& path, const RelPath& real) {
  RelPath done = path.is_within(real) ? real : RelPath();
  std::vector<std::string> todo = path.parts();
  int links = 0;
  for (size_t i = done.parts().size(); i < todo.size();) {
    const RelPath next = done.child(todo[i]);
    if (TRY(tree.kind(next)) != EntryKind::symlink) {
      done = next;
      ++i;
      continue;
    }
    if (++links > kMaxLinks) {
      return Error(kLinkLoop, "more than 10 symbolic links on the way to \"" +
                                  escape_terminal(path.display()) + "\"");
    }
    const RelPath target = TRY(done.resolve(TRY(tree.read(next, kMaxLinkTarget))));
    std::vector<std::string> rest = target.parts();
    rest.insert(rest.end(), todo.begin() + static_cast<ptrdiff_t>(i) + 1, todo.end());
    todo = std::move(rest);
    done = RelPath();
    i = 0;
  }
  return done;
}

MemoryTree::MemoryTree(std::map<std::string, std::string> files) {
  for (auto& [path, content] : files) files_[path] = File{std::move(content), false};
}

void MemoryTree::add_symlink(const std::string& path, std::string target) {
  files_[path] = File{std::move(target), true};
}

Result<std::optional<TreeEntry>> MemoryTree::entry(const RelPath& path) const {
  const auto file = files_.find(path.str());
  if (file != files_.end()) {
    return std::optional(TreeEntry{path.filename(),
                                   file->second.is_link ? EntryKind::symlink : EntryKind::file,
                                   ObjectId(sha256(file->second.content).hex())});
  }
  // A directory's id covers the names and contents below it, as a Git tree's does.
  Sha256 content;
  bool found = path.is_root();
  const std::string prefix = path.is_root() ? "" : path.str() + "/";
  for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.starts_with(prefix);
       ++at) {
    found = true;
    content.field(at->first.substr(prefix.size()));
    content.field(at->second.content);
    content.field(at->second.is_link ? "link" : "file");
  }
  if (!found) return std::optional<TreeEntry>();
  return std::optional(
      TreeEntry{path.filename(), EntryKind::directory, ObjectId(content.finish().hex())});
}

Result<std::vector<TreeEntry>> MemoryTree::list(const RelPath& directory) const {
  const std::optional<TreeEntry> self = TRY(entry(directory));
  if (!self) return no_such_path(directory);
  if (self->kind != EntryKind::directory) {
    return Error(kNotADirectory, "\"" + directory.display() + "\" is not a directory");
  }
  std::set<std::string> names;
  const std::string prefix = directory.is_root() ? "" : directory.str() + "/";
  for (auto at = files_.lower_bound(prefix); at != files_.end() && at->first.starts_with(prefix);
       ++at) {
    names.insert(split(at->first.substr(prefix.size()), '/').front());
  }
  std::vector<TreeEntry> out;
  for (const std::string& name : names) out.push_back(*TRY(entry(directory.child(name))));
  return out;
}

Result<std::string> MemoryTree::read(const RelPath& file, uint64_t max_bytes) const {
  const auto at = files_.find(file.str());
  if (at == files_.end()) return no_such_path(file);
  if (at->second.content.size() > max_bytes) {
    return Error(kBudgetExceeded, "\"" + file.display() + "\" is larger than " +
                                      std::to_string(max_bytes) + " bytes");
  }
  return at->second.content;
}

Result<std::optional<EntryKind>> MemoryTree::kind(const RelPath& path) const {
  const auto file = files_.find(path.str());
  if (file != files_.end()) {
    return std::optional(file->second.is_link ? EntryKind::symlink : EntryKind::file);
  }
  const std::string prefix = path.is_root() ? "" : path.str() + "/";
  const auto below = files_.lower_bound(prefix);
  const bool found = path.is_root() || (below != files_.end() && below->first.starts_with(prefix));
  return found ? std::optional(EntryKind::directory) : std::nullopt;
}

Digest ReadSet::digest() const {
  Sha256 hash;
  for (const auto& [path, seen] : paths) {
    hash.field(path.str());
    hash.field(seen ? std::to_string(static_cast<int>(seen->kind)) : "missing");
    hash.field(seen ? seen->id.str() : "");
  }
  for (const RemoteBase& base : bases) {
    hash.field("base");
    hash.field(base.url);
    hash.field(base.commit.str());
  }
  for (const auto& [name, value] : others) {
    hash.field(name);
    hash.field(value);
  }
  return hash.finish();
}

Result<bool> holds(const ReadSet& read_set, const SourceTree& tree) {
  for (const auto& [path, seen] : read_set.paths) {
    if (!seen || seen->id.empty()) {
      const std::optional<EntryKind> kind = TRY(tree.kind(path));
      if (kind != (seen ? std::optional(seen->kind) : std::nullopt)) return false;
      continue;
    }
    const std::optional<TreeEntry> entry = TRY(tree.entry(path));
    if (!entry || entry->kind != seen->kind || entry->id != seen->id) return false;
  }
  // One that cannot be had here is told by the render that asks for it.
  return std::all_of(read_set.bases.begin(), read_set.bases.end(),
                     [&](const RemoteBase& base) { return tree.base(base).has_value(); });
}

bool RecordingTree::is_covered(const RelPath& path) const {
  for (RelPath above = path; !above.is_root();) {
    above = above.parent();
    const auto at = read_set_.paths.find(above);
    if (at != read_set_.paths.end() && at->second && !at->second->id.empty()) return true;
  }
  return false;
}

void RecordingTree::note(const RelPath& path, std::optional<Seen> seen) const {
  if (is_covered(path)) return;
  const auto [at, is_new] = read_set_.paths.try_emplace(path, seen);
  if (!is_new && seen && !seen->id.empty()) at->second = std::move(seen);
}

Result<std::optional<TreeEntry>> RecordingTree::entry(const RelPath& path) const {
  std::optional<TreeEntry> found = TRY(tree_.entry(path));
  note(path, found ? std::optional(Seen{found->kind, found->id}) : std::nullopt);
  return found;
}

Result<std::optional<EntryKind>> RecordingTree::kind(const RelPath& path) const {
  const std::optional<EntryKind> found = TRY(tree_.kind(path));
  note(path, found ? std::optional(Seen{*found, {}}) : std::nullopt);
  return found;
}

Result<std::vector<TreeEntry>> RecordingTree::list(const RelPath& directory) const {
  // A directory's id covers everything below it.
  if (!is_covered(directory)) TRY(entry(directory));
  return tree_.list(directory);
}

Result<std::string> RecordingTree::read(const RelPath& file, uint64_t max_bytes) const {
  if (!is_covered(file)) TRY(entry(file));
  return tree_.read(file, max_bytes);
}

Result<std::shared_ptr<const SourceTree>> RecordingTree::base(const RemoteBase& base) const {
  read_set_.bases.insert(base);
  return tree_.base(base);
}

}  // namespace plumb
