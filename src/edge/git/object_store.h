// ObjectStore: the objects of one bare Git directory, read in process by libgit2's object database
// and nothing else of it (no config, no refs, no revision syntax, no owner check). Every object's
// hash is checked when it is read. Packs join it by `adopt`.
//
// Every commit that is here is here with its whole tree, and with its parents but for those in the
// boundary, whose parents were not asked for. A crash may leave more in the boundary than belongs
// there, never less: `open` puts that right.
//
// Owned by shared_ptr, by the GitStore and by every tree read from it. Thread safe. A store found
// corrupt is condemned: it goes on serving what can be read, and its directory is removed with it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "edge/git/git_errors.h"
#include "edge/git/quarantine.h"
#include "edge/git/tree_cache.h"
#include "model/git.h"

struct git_odb;

namespace plumb {

enum class ObjectKind { commit, tree, blob, tag };

struct RawObject {
  ObjectKind kind = ObjectKind::blob;
  std::string bytes;
};

class ObjectStore {
 public:
  // Opens the directory, or makes it; removes what an interrupted fetch left in it.
  [[nodiscard]] static Result<std::shared_ptr<ObjectStore>> open(const std::string& directory);
  ~ObjectStore();
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;

  // nullopt when there is no such object. kCorruptStore also condemns the store; kBudgetExceeded
  // when the object is larger than max_bytes.
  [[nodiscard]] Result<std::optional<RawObject>> read(const std::string& id,
                                                      uint64_t max_bytes) const;
  [[nodiscard]] Result<bool> has(const std::string& id) const;
  // Moves the packs of a quarantine into the store, and what it learnt of the boundary; returns the
  // bytes of the packs.
  [[nodiscard]] Result<uint64_t> adopt(const Quarantine& quarantine);
  // Remembers the commit of a remote ref, so that the next fetch can say what is here already.
  [[nodiscard]] Result<void> keep(const RefName& ref, const CommitId& commit);
  [[nodiscard]] Boundary kept() const;
  [[nodiscard]] std::shared_ptr<const Boundary> boundary() const EXCLUDES(mutex_);
  [[nodiscard]] bool is_boundary(const CommitId& commit) const EXCLUDES(mutex_);
  // kCorruptStore: an object that should be here is not. Condemns the store.
  [[nodiscard]] Error lacks(const std::string& id) const;
  // Opens the database anew, after packs were merged.
  [[nodiscard]] Result<void> reopen() const EXCLUDES(mutex_);
  // Closes the database until the next read. libgit2 keeps the bases of the deltas it unpacked, up
  // to 16 MiB for each pack, as long as it is open.
  void rest() const EXCLUDES(mutex_);

  [[nodiscard]] const std::shared_ptr<TreeCache>& trees() const { return trees_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] std::string objects() const { return directory_ + "/objects"; }
  [[nodiscard]] size_t packs() const;
  [[nodiscard]] bool empty() const;  // nothing was ever fetched into it
  void condemn() const { condemned_ = true; }
  [[nodiscard]] bool condemned() const { return condemned_; }
  [[nodiscard]] uint64_t reads() const { return reads_; }

 private:
  class Library;
  using Database = std::shared_ptr<git_odb>;

  ObjectStore(std::string directory, std::shared_ptr<const Library> library)
      : library_(std::move(library)), directory_(std::move(directory)) {}
  [[nodiscard]] Result<Database> opened() const;
  [[nodiscard]] Result<Database> database() const EXCLUDES(mutex_);
  [[nodiscard]] Result<void> set_boundary(Boundary boundary) EXCLUDES(mutex_);
  [[nodiscard]] Result<Boundary> trimmed(Boundary boundary, const Boundary& doubtful) const;

  const std::shared_ptr<const Library> library_;  // outlives the database
  const std::string directory_;
  const std::shared_ptr<TreeCache> trees_ = std::make_shared<TreeCache>();
  mutable std::atomic<bool> condemned_ = false;
  mutable std::atomic<uint64_t> reads_ = 0;
  mutable Mutex mutex_;
  mutable Database database_ GUARDED_BY(mutex_);  // null: at rest
  std::shared_ptr<const Boundary> boundary_ GUARDED_BY(mutex_) = std::make_shared<Boundary>();
};

// The bytes of a commit. kCommitNotFound, kNotACommit.
[[nodiscard]] Result<std::string> commit_bytes(const ObjectStore& store, const CommitId& commit);

}  // namespace plumb
