// The files of one commit as a SourceTree: read from the object store by path, without a checkout.
#pragma once

#include <memory>

#include "edge/git/object_store.h"
#include "model/git_object_source.h"
#include "model/source_tree.h"

namespace plumb {

// The tree is immutable, thread safe, and keeps the store alive. kCommitNotFound, kNotACommit.
[[nodiscard]] Result<std::shared_ptr<const SourceTree>> open_git_tree(
    std::shared_ptr<const ObjectStore> store, const CommitId& commit);
// Of any source of objects. What a shallow or partial clone lacks is kCommitNotFound or
// kStoreFailed when it is read.
[[nodiscard]] Result<std::shared_ptr<const SourceTree>> open_git_tree(
    std::shared_ptr<const GitObjectSource> objects, const CommitId& commit);
// Of a tree that no commit has yet.
[[nodiscard]] std::shared_ptr<const SourceTree> open_git_tree(
    std::shared_ptr<const GitObjectSource> objects, const ObjectId& root);

}  // namespace plumb
