// Files and programs that the tests of this folder use.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "edge/os/process.h"

namespace plumb::test {

// A directory of its own under the temporary one; gone with the object.
class Scratch {
 public:
  Scratch() {
    std::string name = std::filesystem::temp_directory_path() / "plumb-trust-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::string str() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_file(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

// Runs a program of the PATH, found by env; HOME is the given directory, so that no configuration
// of the person who runs the tests counts.
inline ProcessResult run(std::vector<std::string> command, const std::string& home) {
  const char* path = std::getenv("PATH");
  ProcessRequest request{
      .program = "/usr/bin/env",
      .arguments = std::move(command),
      .environment = {"PATH=" + std::string(path ? path : "/usr/bin:/bin"), "HOME=" + home,
                      "GNUPGHOME=" + home + "/.gnupg", "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C.UTF-8"},
      .deadline = Deadline::in(std::chrono::seconds(120))};
  request.max_output = 64 << 20;
  return *run_process(request, {});
}

inline std::string source_path(const std::string& name) {
  const char* root = std::getenv("PLUMB_SOURCE_DIR");
  return std::string(root ? root : ".") + "/" + name;
}

}  // namespace plumb::test
