// PushableRepository: commits on top of a branch of a remote repository, made by Git's plumbing and
// pushed. There is no work tree, and nothing is ever forced: a branch that moved is fetched again,
// the change is made again on its new tip, and that is pushed.
//
// Whose git runs, and who signs, is told by what it is: a ConfigRepository (a job: private store,
// no configuration but what is given) or an OwnClone (a person: their clone, their configuration).
// A library of its own, so that the operator cannot push. Belongs to one command; not thread safe.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "edge/os/process.h"
#include "model/git.h"
#include "model/rel_path.h"

namespace plumb {

inline constexpr ErrorCode kPushRefused{340, "PushRefused"};              // denied: by the server
inline constexpr ErrorCode kBranchKeepsMoving{341, "BranchKeepsMoving"};  // conflict
inline constexpr ErrorCode kSigningFailed{342, "SigningFailed"};          // denied
inline constexpr ErrorCode kGitFailed{343, "GitFailed"};  // transient: a local run of git

struct FileContent {
  std::string path;
  std::string bytes;
};

// A commit to be made on top of a tip.
struct Proposal {
  ObjectId tree;
  std::string message;
};

struct PushOutcome {
  CommitId parent;
  std::optional<CommitId> commit;  // none: there was nothing to change
  int attempts = 1;
};

class PushableRepository {
 public:
  // What to do on top of this tip; nullopt: nothing. Called again when the branch moved.
  using Propose = std::function<Result<std::optional<Proposal>>(const CommitId& tip)>;

  virtual ~PushableRepository() = default;
  // The tip of the branch, with its whole history.
  [[nodiscard]] virtual Result<CommitId> fetch() = 0;
  [[nodiscard]] virtual Result<bool> is_ancestor(const CommitId& ancestor,
                                                 const CommitId& tip) const = 0;

  // The full id of the commit that `text` (at least 7 digits of its id) begins, in the history of
  // `tip`.
  [[nodiscard]] Result<CommitId> find_commit(const std::string& text, const CommitId& tip) const;
  // The commits after `since` up to `tip` that changed something below the paths, newest first.
  [[nodiscard]] Result<std::vector<CommitId>> commits_of(const std::vector<RelPath>& paths,
                                                         const CommitId& since,
                                                         const CommitId& tip) const;
  // The commit before the newest one up to `tip` that changed something below the paths; nullopt
  // where there is none.
  [[nodiscard]] Result<std::optional<CommitId>> before_last_change(
      const std::vector<RelPath>& paths, const CommitId& tip) const;
  // Whether everything below the paths is the same at both.
  [[nodiscard]] Result<bool> same_at(const std::vector<RelPath>& paths, const CommitId& a,
                                     const CommitId& b) const;

  // The tree of `tip` with other bytes in files that are there; their modes stay.
  [[nodiscard]] Result<ObjectId> with_files(const CommitId& tip,
                                            const std::vector<FileContent>& files) const;
  // The tree of `tip` with everything below the paths as it was at `to`.
  [[nodiscard]] Result<ObjectId> with_restored(const CommitId& tip, const CommitId& to,
                                               const std::vector<RelPath>& paths) const;

  // Fetches, proposes, commits and pushes to `to_branch` (the branch itself, or a new one for a
  // pull request), again while the branch moves, at most kMostAttempts times.
  [[nodiscard]] Result<PushOutcome> push(const std::string& to_branch, const Propose& propose);
  static constexpr int kMostAttempts = 25;

 protected:
  // How git is asked.
  struct Settings {
    std::string branch;      // "main": what commits are made on top of
    std::string remote;      // what `git push` is told
    std::string shown;       // the same for people, without credentials
    std::string index_file;  // of our own
    bool sign = false;
    std::vector<std::string> signing = {};     // "-c", "gpg.format=ssh", …
    std::vector<std::string> committing = {};  // environment of `git commit-tree`
    std::vector<std::string> pushing = {};     // options of `git push`
  };
  explicit PushableRepository(Settings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] virtual Result<ProcessResult> run_git(const std::vector<std::string>& arguments,
                                                      const std::vector<std::string>& environment,
                                                      std::string input) const = 0;
  // Of a run that failed, for reasons that are not the branch's.
  [[nodiscard]] virtual Error failure(const std::string& errors) const = 0;
  [[nodiscard]] Settings& settings() { return settings_; }
  [[nodiscard]] const Settings& settings() const { return settings_; }
  // What git prints; kGitFailed.
  [[nodiscard]] Result<std::string> plumbing(const std::vector<std::string>& arguments,
                                             std::string input = {}) const;

 private:
  [[nodiscard]] Result<ObjectId> write_tree(const CommitId& tip, std::string entries) const;
  [[nodiscard]] Result<CommitId> commit(const Proposal& proposal, const CommitId& parent) const;
  // The words of the server that refused it; nullopt: it is there.
  [[nodiscard]] Result<std::optional<std::string>> try_push(const CommitId& commit,
                                                            const std::string& branch) const;

  Settings settings_;
};

}  // namespace plumb
