// Ancestry: whether one commit descends from another, as far as a store can tell. What is known of
// a commit is proved by its hash, so that "yes" and "no" are final, and a parent that is named is
// an ancestor though it is not here. Dates only order a walk, they never end it: an author can
// write any date.
//
// A parent that is missing is the edge of what is known where its child stands in the store's
// boundary; of any other commit it is kCorruptStore. Walks of more than max_commits are
// kBudgetExceeded.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "edge/git/object_store.h"
#include "model/git.h"

namespace plumb {

enum class Descent { yes, no, unknown };

// A commit descends from itself. `unknown`: the answer lies beyond the edge. kCommitNotFound where
// `descendant` is not here; `ancestor` need not be.
[[nodiscard]] Result<Descent> descent(const ObjectStore& store, const CommitId& ancestor,
                                      const CommitId& descendant, uint64_t max_commits);

// Whether every ancestor of a commit is here.
[[nodiscard]] Result<bool> has_all_ancestors(const ObjectStore& store, const CommitId& commit,
                                             uint64_t max_commits);

}  // namespace plumb
