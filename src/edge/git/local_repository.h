// LocalRepository: a repository of the person at the keyboard, read only: its objects through
// libgit2's object database (hashes checked; no replace refs, no grafts), its refs by asking the
// `git` program, which knows worktrees and packed refs. Nothing of the text it prints decides on
// trust: it only says which ids were meant. Thread safe for reads. Errors: kNotARepository,
// kUnknownRevision, kProcessFailed, kStoreFailed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "edge/git/git_errors.h"
#include "model/git.h"
#include "model/git_object_source.h"

struct git_odb;

namespace plumb {

inline constexpr ErrorCode kNotARepository{330, "NotARepository"};
inline constexpr ErrorCode kUnknownRevision{331, "UnknownRevision"};

class LocalRepository final : public GitObjectSource {
 public:
  // A directory in a work tree, or a bare repository.
  [[nodiscard]] static Result<std::unique_ptr<LocalRepository>> open(const std::string& directory);
  ~LocalRepository() override;
  LocalRepository(const LocalRepository&) = delete;
  LocalRepository& operator=(const LocalRepository&) = delete;

  [[nodiscard]] Result<std::optional<GitObject>> read_object(const std::string& id,
                                                             uint64_t max_bytes) const override;
  // "main", "HEAD~3", an abbreviated id: what it names, a tag object itself.
  [[nodiscard]] Result<ObjectId> resolve(const std::string& revision) const;
  [[nodiscard]] Result<CommitId> resolve_commit(const std::string& revision) const;
  // All refs whose name begins so.
  [[nodiscard]] Result<std::map<RefName, ObjectId>> refs(const std::string& prefix) const;
  // The git program in this repository; what it prints. A failure is kUnknownRevision.
  [[nodiscard]] Result<std::string> run_git(std::vector<std::string> arguments,
                                            const std::string& input = {}) const;

 private:
  explicit LocalRepository(std::string directory) : directory_(std::move(directory)) {}

  std::string directory_;
  std::shared_ptr<git_odb> database_;
};

}  // namespace plumb
