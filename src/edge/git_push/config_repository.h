// ConfigRepository: commits on top of a branch of a remote repository, made by Git's plumbing in a
// private bare store and pushed. There is no work tree, no hook, no configuration but what is given
// here (edge/git's GuardedGit), and nothing is ever forced: a branch that moved is fetched again,
// the change is made again on its new tip, and that is pushed.
//
// A library of its own, so that the operator cannot push. Belongs to one command; not thread safe.
// Errors: those of edge/git, and the ones below.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "edge/git/git_store.h"
#include "edge/git/guarded_git.h"
#include "edge/os/private_directory.h"

namespace plumb {

inline constexpr ErrorCode kPushRefused{340, "PushRefused"};              // denied: by the server
inline constexpr ErrorCode kBranchKeepsMoving{341, "BranchKeepsMoving"};  // conflict
inline constexpr ErrorCode kSigningFailed{342, "SigningFailed"};          // denied
inline constexpr ErrorCode kGitFailed{343, "GitFailed"};  // transient: a local run of git

// At most one of the two; none: commits are not signed.
struct SigningKey {
  std::string ssh_private_key = {};  // its text, without passphrase
  std::string openpgp_key = {};      // its id or fingerprint, in the keyring of gpg_home
  std::string gpg_home = {};
};

struct CommitIdentity {
  std::string name;
  std::string email;
};

struct ConfigRepositoryOptions {
  std::string url;
  std::string branch;  // "main": what commits are made on top of
  GitCredentials credentials = {};
  GitOptions git = {};
  SigningKey signing = {};
  CommitIdentity identity;
  Deadline deadline;
};

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

class ConfigRepository {
 public:
  // What to do on top of this tip; nullopt: nothing. Called again when the branch moved.
  using Propose = std::function<Result<std::optional<Proposal>>(const CommitId& tip)>;

  [[nodiscard]] static Result<std::unique_ptr<ConfigRepository>> open(
      ConfigRepositoryOptions options, std::stop_token stop);

  // The tip of the branch, with its whole history.
  [[nodiscard]] Result<CommitId> fetch();
  // The files of a commit of that history.
  [[nodiscard]] Result<std::shared_ptr<const SourceTree>> files(const CommitId& commit) const;
  [[nodiscard]] Result<bool> is_ancestor(const CommitId& ancestor, const CommitId& tip) const;
  // The full id of the commit that `text` (at least 7 digits of its id) begins, in the history of
  // `tip`.
  [[nodiscard]] Result<CommitId> find_commit(const std::string& text, const CommitId& tip) const;
  // The commits after `since` up to `tip` that changed something below the paths, newest first.
  [[nodiscard]] Result<std::vector<CommitId>> commits_of(const std::vector<RelPath>& paths,
                                                         const CommitId& since,
                                                         const CommitId& tip) const;

  // The tree of `tip` with other bytes in files that are there; their modes stay.
  [[nodiscard]] Result<ObjectId> with_files(const CommitId& tip,
                                            const std::vector<FileContent>& files) const;
  // The tree of `tip` with everything below the paths as it was at `to`.
  [[nodiscard]] Result<ObjectId> with_restored(const CommitId& tip, const CommitId& to,
                                               const std::vector<RelPath>& paths) const;

  // Fetches, proposes, commits and pushes to `to_branch` (the branch itself, or a new one for a
  // pull request), again while the branch moves, at most kMostAttempts times.
  [[nodiscard]] Result<PushOutcome> push(const std::string& to_branch, const Propose& propose);
  static constexpr int kMostAttempts = 10;

 private:
  ConfigRepository(ConfigRepositoryOptions options, GitUrl url, std::stop_token stop,
                   PrivateDirectory files, std::shared_ptr<GitStore> store)
      : options_(std::move(options)),
        url_(std::move(url)),
        stop_(std::move(stop)),
        private_(std::move(files)),
        store_(std::move(store)) {}
  [[nodiscard]] Result<GuardedGit> git() const;
  [[nodiscard]] Result<std::string> plumbing(const std::vector<std::string>& arguments,
                                             std::string input = {}) const;
  [[nodiscard]] Result<ObjectId> write_tree(const CommitId& tip, std::string entries) const;
  [[nodiscard]] Result<CommitId> commit(const Proposal& proposal, const CommitId& parent) const;
  // The words of the server that refused it; nullopt: it is there.
  [[nodiscard]] Result<std::optional<std::string>> try_push(const CommitId& commit,
                                                            const std::string& branch) const;

  ConfigRepositoryOptions options_;
  GitUrl url_;
  std::stop_token stop_;
  PrivateDirectory private_;
  std::shared_ptr<GitStore> store_;
  std::vector<std::string> signing_;  // configuration
};

}  // namespace plumb
