// Which shard a Repository belongs to, and every App of it with it: so that a commit is fetched,
// verified and recorded by one writer, and objects that move between Apps within a commit do so
// under one eye. The label plumb.dev/shard of the Repository decides: a number is that shard
// (modulo their count), any other text is hashed, so that Repositories with the same text are
// together. Without it the hash of namespace/name decides. Total: there is always exactly one.
// Pure.
#pragma once

#include <cstdint>
#include <string>

#include "lang/value/value.h"
#include "model/object.h"
#include "model/shard.h"

namespace plumb {

inline constexpr uint32_t kMostShards = 256;

[[nodiscard]] uint32_t shard_of(const RepositoryKey& repository, const std::string& label,
                                uint32_t count);
// Of an App's body, whether it can be decoded or not.
[[nodiscard]] RepositoryKey repository_named_by(const Value& app);

}  // namespace plumb
