#include "model/source_tree.h"

#include <set>

#include "base/text.h"

namespace plumb {
namespace {

constexpr int kMaxLinks = 10;
constexpr uint64_t kMaxLinkTarget = 4096;

Error no_such_path(const RelPath& path) {
  return Error(kNoSuchPath,
               "there is no \"" + escape_terminal(path.display()) + "\" in the source");
}

}  // namespace

Result<RelPath> resolve_links(const SourceTree& tree, const RelPath& path) {
  RelPath done;
  std::vector<std::string> todo = path.parts();
  int links = 0;
  for (size_t i = 0; i < todo.size();) {
    const RelPath next = done.child(todo[i]);
    const std::optional<TreeEntry> entry = TRY(tree.entry(next));
    if (!entry || entry->kind != EntryKind::symlink) {
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

Digest ReadSet::digest() const {
  Sha256 hash;
  for (const auto& [path, id] : paths) {
    hash.field(path.str());
    hash.field(id ? id->str() : "missing");
  }
  for (const auto& [name, value] : others) {
    hash.field(name);
    hash.field(value);
  }
  return hash.finish();
}

Result<bool> holds(const ReadSet& read_set, const SourceTree& tree) {
  for (const auto& [path, id] : read_set.paths) {
    const std::optional<TreeEntry> entry = TRY(tree.entry(path));
    if (entry.has_value() != id.has_value() || (entry && entry->id != *id)) return false;
  }
  return true;
}

Result<std::optional<TreeEntry>> RecordingTree::entry(const RelPath& path) const {
  std::optional<TreeEntry> found = TRY(tree_.entry(path));
  read_set_.paths[path] = found ? std::optional(found->id) : std::nullopt;
  return found;
}

Result<std::vector<TreeEntry>> RecordingTree::list(const RelPath& directory) const {
  TRY(entry(directory));  // a tree's id covers the names in it
  return tree_.list(directory);
}

Result<std::string> RecordingTree::read(const RelPath& file, uint64_t max_bytes) const {
  TRY(entry(file));
  return tree_.read(file, max_bytes);
}

}  // namespace plumb
