// GitStores: the one GitStore per repository URL, opened on first use under the cache directory.
// Thread safe.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/mutex.h"
#include "edge/git/git_store.h"

namespace plumb {

class GitStores {
 public:
  GitStores(std::string directory, GitOptions options)
      : directory_(std::move(directory)), options_(std::move(options)) {}

  [[nodiscard]] Result<std::shared_ptr<GitStore>> open(const std::string& url) EXCLUDES(mutex_) {
    const std::string normalised = TRY(normalised_git_url(url, options_));
    MutexLock lock(mutex_);
    std::shared_ptr<GitStore>& slot = stores_[normalised];
    if (!slot) slot = TRY(GitStore::open(directory_, normalised, options_));
    return slot;
  }

  [[nodiscard]] GitCounters counters() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    GitCounters sum;
    for (const auto& [url, store] : stores_) {
      if (store) sum += store->counters();
    }
    return sum;
  }

  // Each of them: see GitStore::rest.
  void rest() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    for (const auto& [url, store] : stores_) {
      if (store) store->rest();
    }
  }

 private:
  const std::string directory_;
  const GitOptions options_;
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<GitStore>> stores_ GUARDED_BY(mutex_);
};

}  // namespace plumb
