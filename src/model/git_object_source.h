// GitObjectSource: the objects of a Git repository by their id, for those who judge them. An
// implementation checks the hash of what it gives, and knows no replace refs and no grafts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace plumb {

enum class GitObjectKind { commit, tree, blob, tag };

struct GitObject {
  GitObjectKind kind = GitObjectKind::blob;
  std::string bytes;
};

class GitObjectSource {
 public:
  virtual ~GitObjectSource() = default;
  // nullopt where there is none; kBudgetExceeded where it is larger. `id`: all hexadecimal digits.
  [[nodiscard]] virtual Result<std::optional<GitObject>> read_object(const std::string& id,
                                                                     uint64_t max_bytes) const = 0;
};

}  // namespace plumb
