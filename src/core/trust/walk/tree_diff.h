// Which paths a commit changes, and which of them are its signer's own doing. Without renames: a
// file that moves is one path less and one more. Errors: those of Objects, kBudgetExceeded.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/trust/walk/commit_graph.h"
#include "core/trust/walk/objects.h"

namespace plumb::trust {

struct Leaf {
  uint32_t mode = 0;
  ObjectId id;

  friend bool operator==(const Leaf&, const Leaf&) = default;
};

struct PathChange {
  std::string path;
  std::optional<Leaf> before;
  std::optional<Leaf> after;
};

// Sorted by path. No tree before: everything is new.
[[nodiscard]] Result<std::vector<PathChange>> diff_trees(Objects& objects,
                                                         const std::optional<ObjectId>& before,
                                                         const ObjectId& after);

// What a merge of two changes beyond putting both sides together, path by path: a path that only
// one side changed since the merge base is to be as that side has it; one that both changed to
// the same, so; one that both changed differently belongs to the merge, whatever its lines (Git
// merges those by line; here somebody must answer for them). Without a single merge base every
// path that differs from either side belongs to the merge. Relative to the first parent.
[[nodiscard]] Result<std::vector<PathChange>> own_changes_of_merge(Objects& objects,
                                                                   CommitGraph& graph,
                                                                   const CommitObject& merge);

}  // namespace plumb::trust
