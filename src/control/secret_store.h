// SecretStore: the Secrets that repositories refer to, each followed by a watch of that one object:
// no request at rest, and a changed credential is used at once. Values leave only as GitCredentials
// and webhook tokens. Thread safe; owns its watches.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/mutex.h"
#include "edge/cluster/watch.h"
#include "edge/git/git_store.h"
#include "model/object.h"

namespace plumb {

inline constexpr ErrorCode kSecretMissing{730, "SecretNotFound"};
inline constexpr ErrorCode kSecretKeyMissing{731, "SecretKeyMissing"};

class SecretStore {
 public:
  // on_change runs on the network thread when a followed Secret appears, changes or goes.
  SecretStore(ClusterClient& client, std::function<void(const NamespacedName&)> on_change);
  ~SecretStore();

  // Follow exactly these Secrets.
  void follow(const std::set<NamespacedName>& names);

  // Waits for the first look at the Secret, at most until the deadline.
  [[nodiscard]] Result<GitCredentials> credentials(const NamespacedName& name, Deadline deadline);
  // The value of key "token"; nullopt where there is no such Secret or key.
  [[nodiscard]] std::optional<std::string> token(const NamespacedName& name) const;

 private:
  struct Followed;
  ClusterClient& client_;
  const std::function<void(const NamespacedName&)> on_change_;
  mutable Mutex mutex_;
  CondVar seen_;
  std::map<NamespacedName, std::shared_ptr<Followed>> followed_ GUARDED_BY(mutex_);
};

}  // namespace plumb
