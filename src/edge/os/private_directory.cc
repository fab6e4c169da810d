#include "edge/os/private_directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "edge/os/file_descriptor.h"

namespace plumb {
namespace {

Error failed(const std::string& what, int error) {
  return Error(kFileFailed, what + ": " + std::strerror(error), Retry::transient);
}

Result<void> write_new(const std::string& path, std::string_view content) {
  FileDescriptor file(
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
  if (!file.is_open()) return failed("cannot create " + path, errno);
  while (!content.empty()) {
    const ssize_t written = ::write(file.get(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("cannot write " + path, errno);
    content.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

}  // namespace

Result<PrivateDirectory> PrivateDirectory::make(const std::string& parent,
                                                const std::string& prefix) {
  std::string path = parent + "/" + prefix + "XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return failed("cannot make a directory in " + parent, errno);
  return PrivateDirectory(std::move(path));
}

PrivateDirectory::~PrivateDirectory() {
  std::error_code ignored;  // what stays is swept when the store is opened again
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

PrivateDirectory::PrivateDirectory(PrivateDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

Result<std::string> PrivateDirectory::write(const std::string& name,
                                            std::string_view content) const {
  std::string path = path_ + "/" + name;
  TRY(write_new(path, content));
  return path;
}

Result<void> replace_file(const std::string& path, std::string_view content) {
  const std::string part = path + ".part";
  std::remove(part.c_str());
  TRY(write_new(part, content));
  if (std::rename(part.c_str(), path.c_str()) != 0) return failed("cannot replace " + path, errno);
  return {};
}

}  // namespace plumb
