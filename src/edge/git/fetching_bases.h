// FetchingBases: RemoteBases that are fetched when they are asked for, for programs in which a
// person waits. What cannot be had is asked for once. They live in a private folder that goes with
// them. Thread safe; one asks at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/mutex.h"
#include "edge/git/base_store.h"
#include "edge/os/private_directory.h"

namespace plumb {

struct FetchingBasesOptions {
  AllowedRemotes allowed = {};
  GitOptions git = {};
  // The repository that names the bases, and its credentials, which go to its own server alone;
  // "" where it is not known.
  std::string url = {};
  GitCredentials credentials = {};
  Duration timeout = std::chrono::minutes(2);  // of one fetch
};

class FetchingBases final : public RemoteBases {
 public:
  FetchingBases(FetchingBasesOptions options, std::stop_token stop)
      : options_(std::move(options)), stop_(std::move(stop)) {}
  [[nodiscard]] Result<std::shared_ptr<const SourceTree>> open(
      const RemoteBase& base) const override EXCLUDES(mutex_);

 private:
  using Outcome = Result<std::shared_ptr<const SourceTree>>;
  [[nodiscard]] Outcome fetch(const RemoteBase& base) const REQUIRES(mutex_);

  const FetchingBasesOptions options_;
  const std::stop_token stop_;
  mutable Mutex mutex_;
  mutable std::optional<PrivateDirectory> directory_ GUARDED_BY(mutex_);
  mutable std::unique_ptr<BaseStore> store_ GUARDED_BY(mutex_);
  mutable std::map<RemoteBase, Outcome> known_ GUARDED_BY(mutex_);
};

}  // namespace plumb
