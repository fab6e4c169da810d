// BaseFetches: fetches the bases of other repositories that turns found missing, in threads of its
// own: no turn waits for another host, and a host that hangs holds back its own bases alone (one
// host has at most half of the threads). Who asked is woken when the base is there, or cannot be
// had; what failed is tried again when it is asked for, with growing pauses. What may be asked of
// whom is edge/git/base_store.h. Thread safe; what it hands out may outlive it.
#pragma once

#include <functional>
#include <memory>
#include <variant>

#include "base/log.h"
#include "edge/git/base_store.h"
#include "model/spec.h"

namespace plumb {

class BaseFetches {
 public:
  // The key of the turn that is to be woken.
  using Waiter = std::variant<AppKey, RepositoryKey>;
  struct Parts {
    std::string directory;  // of the stores
    GitOptions git;
    AllowedRemotes allowed;
    int workers = 4;
    std::function<Result<GitCredentials>(const NamespacedName& secret, Deadline)> credentials;
    std::function<void(const Waiter&)> wake;
    Log log;
  };

  explicit BaseFetches(Parts parts);
  ~BaseFetches();
  BaseFetches(const BaseFetches&) = delete;
  BaseFetches& operator=(const BaseFetches&) = delete;

  void start();
  void stop();  // fetches that run are cut off
  [[nodiscard]] GitCounters counters() const;
  void rest() const;  // see GitStore::rest

  // The tree with the bases that files of this repository may use; what is missing is fetched, and
  // the waiter is woken.
  [[nodiscard]] std::shared_ptr<const SourceTree> with_bases(std::shared_ptr<const SourceTree> tree,
                                                             const RepositorySpec& repository,
                                                             Waiter waiter) const;

 private:
  class State;
  class Bases;
  std::shared_ptr<State> state_;
};

}  // namespace plumb
