// ConfigRepository: a PushableRepository of a job. Everything stands in a private bare store that
// is gone afterwards; there is no hook and no configuration but what is given here (edge/git's
// GuardedGit). Belongs to one command; not thread safe. Errors: those of edge/git, and of
// PushableRepository.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "edge/git/git_store.h"
#include "edge/git/guarded_git.h"
#include "edge/git_push/pushable_repository.h"
#include "edge/os/private_directory.h"

namespace plumb {

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

class ConfigRepository final : public PushableRepository {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ConfigRepository>> open(
      ConfigRepositoryOptions options, std::stop_token stop);

  [[nodiscard]] Result<CommitId> fetch() override;
  // The files of a commit of that history.
  [[nodiscard]] Result<std::shared_ptr<const SourceTree>> files(const CommitId& commit) const;
  [[nodiscard]] Result<bool> is_ancestor(const CommitId& ancestor,
                                         const CommitId& tip) const override;

 private:
  ConfigRepository(Settings settings, ConfigRepositoryOptions options, GitUrl url,
                   std::stop_token stop, PrivateDirectory files, std::shared_ptr<GitStore> store)
      : PushableRepository(std::move(settings)),
        options_(std::move(options)),
        url_(std::move(url)),
        stop_(std::move(stop)),
        private_(std::move(files)),
        store_(std::move(store)) {}
  [[nodiscard]] Result<ProcessResult> run_git(const std::vector<std::string>& arguments,
                                              const std::vector<std::string>& environment,
                                              std::string input) const override;
  [[nodiscard]] Error failure(const std::string& errors) const override;

  ConfigRepositoryOptions options_;
  GitUrl url_;
  std::stop_token stop_;
  PrivateDirectory private_;
  std::shared_ptr<GitStore> store_;
};

}  // namespace plumb
