// OwnClone: a PushableRepository of a person: their clone, their git with its configuration,
// credentials and hooks, and commits signed with their key (user.signingKey; gpg.format). The work
// tree, the index and the local branches stay as they are: only objects are added, and what a fetch
// writes. Belongs to one command; not thread safe. Errors: those of PushableRepository, and
// kNotARepository, kNoSuchRemote.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "edge/git_push/pushable_repository.h"
#include "edge/os/private_directory.h"

namespace plumb {

inline constexpr ErrorCode kNoSuchRemote{345, "NoSuchRemote"};  // none is the app's repository

struct OwnCloneOptions {
  std::string directory = ".";
  std::string url;     // of the repository: the remote that is the same one is used
  std::string remote;  // or that of this name
  std::string branch;
  Deadline deadline;
  std::stop_token stop = {};
};

class OwnClone final : public PushableRepository {
 public:
  [[nodiscard]] static Result<std::unique_ptr<OwnClone>> open(OwnCloneOptions options);

  [[nodiscard]] Result<CommitId> fetch() override;
  [[nodiscard]] Result<bool> is_ancestor(const CommitId& ancestor,
                                         const CommitId& tip) const override;
  // What an older commit is, and what it leads to, may be beyond what was cloned.
  [[nodiscard]] Result<bool> is_shallow() const;
  [[nodiscard]] const std::string& remote() const { return settings().remote; }
  // Whether git's configuration names a key to sign with.
  [[nodiscard]] bool signs() const { return settings().sign; }

 private:
  OwnClone(Settings settings, OwnCloneOptions options, PrivateDirectory files)
      : PushableRepository(std::move(settings)),
        options_(std::move(options)),
        private_(std::move(files)) {}
  [[nodiscard]] Result<ProcessResult> run_git(const std::vector<std::string>& arguments,
                                              const std::vector<std::string>& environment,
                                              std::string input) const override;
  [[nodiscard]] Error failure(const std::string& errors) const override;

  OwnCloneOptions options_;
  PrivateDirectory private_;  // of our index
};

// Whether two URLs mean one repository, whatever they are reached by: host and path, without user,
// port, scheme and ".git".
[[nodiscard]] bool same_repository(const std::string& a, const std::string& b);

}  // namespace plumb
