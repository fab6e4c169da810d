// Quarantine: what one fetch writes into. A bare repository of its own that borrows the objects and
// refs of a store, so that nothing of the store changes, its `shallow` file least of all, until
// ObjectStore::adopt takes what came. It goes with its owner; a killed process leaves it to the
// next ObjectStore::open. Move only.
#pragma once

#include <string>

#include "base/result.h"
#include "edge/git/bare_layout.h"
#include "edge/os/private_directory.h"

namespace plumb {

class Quarantine {
 public:
  // `store`: the directory of the store, absolute. `told`: the commits whose parents Git is to take
  // for missing. kStoreFailed, kFileFailed.
  [[nodiscard]] static Result<Quarantine> make(const std::string& store, Boundary told);

  [[nodiscard]] const std::string& path() const { return files_.path(); }
  [[nodiscard]] std::string packs() const { return path() + "/objects/pack"; }
  [[nodiscard]] const Boundary& told() const { return told_; }
  // As the fetch left it.
  [[nodiscard]] Boundary boundary() const { return read_boundary(path()); }

 private:
  Quarantine(PrivateDirectory files, Boundary told)
      : files_(std::move(files)), told_(std::move(told)) {}

  PrivateDirectory files_;
  Boundary told_;
};

}  // namespace plumb
