#include "edge/git/bare_layout.h"

#include <filesystem>
#include <fstream>

#include "edge/os/private_directory.h"

namespace plumb {
namespace {

namespace fs = std::filesystem;

std::string file_of(const std::string& directory) {
  return directory + "/shallow";
}

}  // namespace

Error disk_failed(const std::string& what, const std::error_code& error) {
  return Error(kStoreFailed, what + ": " + error.message(), Retry::transient);
}

Result<void> make_bare_layout(const std::string& directory) {
  std::error_code error;
  for (const char* part : {"/objects/pack", "/objects/info"}) {
    fs::create_directories(directory + part, error);
    if (error) return disk_failed("cannot make " + directory + part, error);
  }
  TRY(replace_file(directory + "/config",
                   "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"));
  return replace_file(directory + "/HEAD", "ref: refs/heads/none\n");
}

Boundary read_boundary(const std::string& directory) {
  Boundary out;
  std::ifstream file(file_of(directory));
  for (std::string line; std::getline(file, line);) {
    if (Result<CommitId> id = parse_commit_id(line)) out.insert(*std::move(id));
  }
  return out;
}

Result<void> write_boundary(const std::string& directory, const Boundary& boundary) {
  if (boundary.empty()) {
    std::error_code error;
    fs::remove(file_of(directory), error);
    if (error) return disk_failed("cannot remove " + file_of(directory), error);
    return {};
  }
  std::string text;
  for (const CommitId& id : boundary) text += id.str() + "\n";
  return replace_file(file_of(directory), text);
}

}  // namespace plumb
