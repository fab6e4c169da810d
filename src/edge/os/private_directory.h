// PrivateDirectory: a directory that only this user can enter, with files that only this user can
// read; it is removed with everything in it when its owner goes. For what a child process must be
// given as a file: keys, certificates. Move only; not thread safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace plumb {

inline constexpr ErrorCode kFileFailed{911, "FileFailed"};

class PrivateDirectory {
 public:
  // Makes parent/prefixXXXXXX.
  [[nodiscard]] static Result<PrivateDirectory> make(const std::string& parent,
                                                     const std::string& prefix);
  ~PrivateDirectory();
  PrivateDirectory(PrivateDirectory&& other) noexcept;
  PrivateDirectory& operator=(PrivateDirectory&&) = delete;

  // Writes a new file (mode 0600) and returns its path. No message holds the content.
  [[nodiscard]] Result<std::string> write(const std::string& name, std::string_view content) const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit PrivateDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// Writes path by a temporary file beside it and a rename: whoever reads sees the old or the new
// content.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view content);

}  // namespace plumb
