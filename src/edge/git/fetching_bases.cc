#include "edge/git/fetching_bases.h"

#include <filesystem>

namespace plumb {

FetchingBases::Outcome FetchingBases::fetch(const RemoteBase& base) const {
  if (options_.allowed.empty()) return remote_base_forbidden(base, "none is allowed here");
  if (!store_) {
    directory_.emplace(TRY(
        PrivateDirectory::make(std::filesystem::temp_directory_path().string(), "plumb-bases-")));
    store_ = std::make_unique<BaseStore>(directory_->path(), options_.git, options_.allowed);
  }
  return store_->fetch(base, {options_.url, "its own"}, options_.credentials,
                       Deadline::in(options_.timeout), stop_);
}

Result<std::shared_ptr<const SourceTree>> FetchingBases::open(const RemoteBase& base) const {
  MutexLock lock(mutex_);
  const auto known = known_.find(base);
  if (known != known_.end()) return known->second;
  return known_.emplace(base, fetch(base)).first->second;
}

}  // namespace plumb
