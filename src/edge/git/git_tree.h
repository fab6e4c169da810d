// The files of one commit as a SourceTree: read from the object store by path, without a checkout.
#pragma once

#include <memory>

#include "edge/git/object_store.h"
#include "model/source_tree.h"

namespace plumb {

// The tree is immutable, thread safe, and keeps the store alive. kCommitNotFound, kNotACommit.
[[nodiscard]] Result<std::shared_ptr<const SourceTree>> open_git_tree(
    std::shared_ptr<const ObjectStore> store, const CommitId& commit);

}  // namespace plumb
