#include "edge/os/disk_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <limits>
#include <memory>
#include <system_error>

#include "base/text.h"

namespace plumb {
namespace {

constexpr size_t kBlock = 16 << 10;

std::string quoted(const RelPath& path) {
  return "\"" + escape_terminal(path.display()) + "\"";
}

Error cannot(const std::string& what, const std::string& path, int number) {
  return Error(kFileAccess,
               "cannot " + what + " " + path + ": " + std::generic_category().message(number));
}

Error no_such_path(const RelPath& path) {
  return Error(kNoSuchPath, "there is no " + quoted(path) + " in the folder");
}

// A part of the path is missing, or is a file or link where a folder is needed.
bool is_absence(int number) {
  return number == ENOENT || number == ENOTDIR || number == ELOOP || number == ENAMETOOLONG;
}

std::optional<EntryKind> kind_of(mode_t mode) {
  if (S_ISREG(mode)) return EntryKind::file;
  if (S_ISDIR(mode)) return EntryKind::directory;
  if (S_ISLNK(mode)) return EntryKind::symlink;
  return std::nullopt;
}

const char* name_or_dot(const std::string& name) {
  return name.empty() ? "." : name.c_str();
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

Result<std::vector<std::string>> names_in(FileDescriptor folder, const RelPath& path) {
  const int copy = ::fcntl(folder.get(), F_DUPFD_CLOEXEC, 0);
  std::unique_ptr<DIR, CloseDirectory> directory(copy < 0 ? nullptr : ::fdopendir(copy));
  if (!directory) {
    const int number = errno;
    if (copy >= 0) ::close(copy);
    return cannot("list", quoted(path), number);
  }
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != ".." && name != ".git") names.push_back(name);
  }
  if (errno != 0) return cannot("list", quoted(path), errno);
  std::sort(names.begin(), names.end());
  return names;
}

// What the last part of a path is within its folder; nothing where the folder is not open.
Result<std::optional<EntryKind>> kind_in(const FileDescriptor& folder, const RelPath& path) {
  if (!folder.is_open() || path.filename() == ".git") return std::optional<EntryKind>();
  struct stat status = {};
  if (::fstatat(folder.get(), path.filename().c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
    return kind_of(status.st_mode);
  }
  if (is_absence(errno)) return std::optional<EntryKind>();
  return cannot("look at", quoted(path), errno);
}

Result<std::string> read_link(int folder, const RelPath& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = ::readlinkat(folder, path.filename().c_str(), target.data(), target.size());
  if (size < 0) return cannot("read", quoted(path), errno);
  return std::string(target.data(), static_cast<size_t>(size));
}

Result<std::string> read_file(int folder, const RelPath& path, uint64_t max_bytes) {
  const FileDescriptor file(
      ::openat(folder, path.filename().c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return cannot("read", quoted(path), errno);
  std::string content;
  std::array<char, kBlock> block;
  while (true) {
    const ssize_t size = ::read(file.get(), block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return cannot("read", quoted(path), errno);
    if (size == 0) return content;
    content.append(block.data(), static_cast<size_t>(size));
    if (content.size() > max_bytes) {
      return Error(kBudgetExceeded,
                   quoted(path) + " is larger than " + std::to_string(max_bytes) + " bytes");
    }
  }
}

}  // namespace

Result<DiskTree> DiskTree::open(const std::filesystem::path& folder) {
  FileDescriptor root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open()) {
    return cannot("open folder", "\"" + escape_terminal(folder.string()) + "\"", errno);
  }
  return DiskTree(std::move(root));
}

Result<FileDescriptor> DiskTree::open_parent(const RelPath& path) const {
  FileDescriptor folder(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
  if (!folder.is_open()) return cannot("open", quoted(path), errno);
  for (const std::string& part : path.parent().parts()) {
    if (part == ".git") return FileDescriptor();
    folder = FileDescriptor(
        ::openat(folder.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder.is_open() && is_absence(errno)) return FileDescriptor();
    if (!folder.is_open()) return cannot("open", quoted(path), errno);
  }
  return folder;
}

Result<std::optional<EntryKind>> DiskTree::kind(const RelPath& path) const {
  if (path.is_root()) return std::optional(EntryKind::directory);
  return kind_in(TRY(open_parent(path)), path);
}

// Hashes without recursion: a folder's id is the hash of all paths, kinds and contents below it.
Result<ObjectId> DiskTree::id_of(const RelPath& path, EntryKind kind) const {
  constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();
  if (kind != EntryKind::directory) return ObjectId(sha256(TRY(read(path, kNoLimit))).hex());
  Sha256 hash;
  std::vector<RelPath> todo = {path};
  while (!todo.empty()) {
    const RelPath at = std::move(todo.back());
    todo.pop_back();
    const std::optional<EntryKind> found = TRY(this->kind(at));
    if (!found) continue;
    hash.field(at.str().substr(path.str().size()));
    hash.field(std::to_string(static_cast<int>(*found)));
    if (found != EntryKind::directory) {
      hash.field(TRY(read(at, kNoLimit)));
      continue;
    }
    const FileDescriptor parent = TRY(open_parent(at));
    FileDescriptor self(::openat(parent.get(), name_or_dot(at.filename()),
                                 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!self.is_open()) return cannot("list", quoted(at), errno);
    for (const std::string& name : TRY(names_in(std::move(self), at))) {
      todo.push_back(at.child(name));
    }
  }
  return ObjectId(hash.finish().hex());
}

Result<std::optional<TreeEntry>> DiskTree::entry(const RelPath& path) const {
  const std::optional<EntryKind> found = TRY(kind(path));
  if (!found) return std::optional<TreeEntry>();
  return std::optional(TreeEntry{path.filename(), *found, TRY(id_of(path, *found))});
}

Result<std::vector<TreeEntry>> DiskTree::list(const RelPath& directory) const {
  const std::optional<EntryKind> found = TRY(kind(directory));
  if (!found) return no_such_path(directory);
  if (found != EntryKind::directory) {
    return Error(kNotADirectory, quoted(directory) + " is not a directory");
  }
  const FileDescriptor parent = TRY(open_parent(directory));
  FileDescriptor self(::openat(parent.get(), name_or_dot(directory.filename()),
                               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!self.is_open()) return cannot("list", quoted(directory), errno);
  std::vector<TreeEntry> out;
  for (const std::string& name : TRY(names_in(std::move(self), directory))) {
    std::optional<TreeEntry> one = TRY(entry(directory.child(name)));
    if (one) out.push_back(*std::move(one));
  }
  return out;
}

Result<std::string> DiskTree::read(const RelPath& file, uint64_t max_bytes) const {
  if (file.is_root()) return Error(kNotAFile, quoted(file) + " is a directory, not a file");
  const FileDescriptor folder = TRY(open_parent(file));
  const std::optional<EntryKind> found = TRY(kind_in(folder, file));
  if (!found) return no_such_path(file);
  if (found == EntryKind::directory) {
    return Error(kNotAFile, quoted(file) + " is a directory, not a file");
  }
  if (found == EntryKind::symlink) return read_link(folder.get(), file);
  return read_file(folder.get(), file, max_bytes);
}

}  // namespace plumb
