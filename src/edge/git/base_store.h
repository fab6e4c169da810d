// BaseStore: commits of other repositories that kustomizations are built upon, fetched by their id
// into bare stores of their own (edge/git/git_store.h), so that each is asked for once and what
// came is proved by its hash. Which repositories may be asked is the policy of the one who runs the
// program; nothing is asked that it does not name.
//
// The credentials of a repository go to its own protocol, host and port alone; all else is asked
// without any. What was fetched with credentials is kept apart by them, so that nobody reads
// through the store what they could not fetch. Thread safe; fetches of one store take turns.
#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "edge/git/allowed_remotes.h"
#include "edge/git/git_store.h"
#include "model/remote_base.h"

namespace plumb {

// The repository whose files name a base.
struct BaseAsker {
  std::string url;
  std::string secret;  // whose credentials it has: "namespace/name"; "" for none
  friend auto operator<=>(const BaseAsker&, const BaseAsker&) = default;
};

class BaseStore {
 public:
  BaseStore(std::string directory, GitOptions options, AllowedRemotes allowed)
      : directory_(std::move(directory)),
        options_(std::move(options)),
        allowed_(std::move(allowed)) {}

  // What is here already; null where it has to be fetched. kRemoteBaseForbidden, kBadGitUrl. No
  // network.
  [[nodiscard]] Result<std::shared_ptr<const SourceTree>> find(const RemoteBase& base,
                                                               const BaseAsker& asker);
  // Errors: git_errors.h, kRemoteBaseForbidden.
  [[nodiscard]] Result<std::shared_ptr<const SourceTree>> fetch(const RemoteBase& base,
                                                                const BaseAsker& asker,
                                                                const GitCredentials& credentials,
                                                                Deadline deadline,
                                                                std::stop_token stop);
  // Whether the asker's credentials go to the base.
  [[nodiscard]] bool shares_credentials(const RemoteBase& base, const BaseAsker& asker) const;
  [[nodiscard]] GitCounters counters() EXCLUDES(mutex_);  // of all its stores
  void rest() EXCLUDES(mutex_);                           // each of its stores

 private:
  [[nodiscard]] Result<GitUrl> allowed(const RemoteBase& base) const;
  [[nodiscard]] Result<std::shared_ptr<GitStore>> store(const GitUrl& url, const BaseAsker& asker)
      EXCLUDES(mutex_);

  const std::string directory_;
  const GitOptions options_;
  const AllowedRemotes allowed_;
  Mutex mutex_;
  // By the Secret, "" for none, and the URL.
  std::map<std::pair<std::string, std::string>, std::shared_ptr<GitStore>> stores_
      GUARDED_BY(mutex_);
};

}  // namespace plumb
