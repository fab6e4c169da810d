// Credentials: the Authorization header of a request. Internal to edge/cluster. A token file is
// read again when it changed (ServiceAccount tokens are rotated). Thread safe.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "edge/cluster/kubeconfig.h"

namespace plumb {

class Credentials {
 public:
  explicit Credentials(const ClusterAccess& access);

  // nullopt: none needed (client certificate).
  [[nodiscard]] std::optional<std::string> authorization() EXCLUDES(mutex_);
  // The server refused it: read the file at once. True if the token is another one now.
  [[nodiscard]] bool renew() EXCLUDES(mutex_);

 private:
  [[nodiscard]] bool read_token() REQUIRES(mutex_);

  const std::string fixed_;
  const std::string token_file_;
  Mutex mutex_;
  std::string token_ GUARDED_BY(mutex_);
  Monotonic checked_ GUARDED_BY(mutex_){};
};

}  // namespace plumb
