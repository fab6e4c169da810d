// History: the commits of a repository and their files, for those who walk them. Text of commits is
// for people: it proves nothing. Read by one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/git.h"
#include "model/source_tree.h"

namespace plumb {

struct HistoryCommit {
  std::vector<CommitId> parents;
  std::string author;  // "Name <mail>"
  WallTime authored_at{};
  WallTime committed_at{};
  std::string subject;
};

class History {
 public:
  virtual ~History() = default;
  // nullopt: it is not in this repository, as in a shallow clone.
  [[nodiscard]] virtual Result<std::optional<HistoryCommit>> commit(const CommitId& id) const = 0;
  [[nodiscard]] virtual Result<std::shared_ptr<const SourceTree>> tree(
      const CommitId& id) const = 0;
};

}  // namespace plumb
