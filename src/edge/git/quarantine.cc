#include "edge/git/quarantine.h"

#include <filesystem>

namespace plumb {

Result<Quarantine> Quarantine::make(const std::string& store, Boundary told) {
  PrivateDirectory files = TRY(PrivateDirectory::make(store, "incoming-objects-"));
  TRY(make_bare_layout(files.path()));
  std::error_code error;
  // The store's own: a fetch reads them, to say what is here, and writes none.
  std::filesystem::create_directory_symlink(store + "/refs", files.path() + "/refs", error);
  if (error) return disk_failed("cannot make " + files.path() + "/refs", error);
  TRY(write_boundary(files.path(), told));
  return Quarantine(std::move(files), std::move(told));
}

}  // namespace plumb
