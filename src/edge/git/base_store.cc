#include "edge/git/base_store.h"

#include "base/digest.h"

namespace plumb {
namespace {

bool is_same_server(const GitUrl& a, const Result<GitUrl>& b) {
  return b && a.transport == b->transport && a.host == b->host && !a.host.empty();
}

// The words of a store are for who writes a Repository.
Error told(const Error& error, const RemoteBase& base) {
  if (error.code() == kCommitNotFound) {
    return Error(kCommitNotFound, "no branch or tag leads to the base " + base.display(),
                 Retry::transient)
        .with_help("check its ?ref=, and push the branch that holds the commit");
  }
  const Error out(error.code(),
                  "the base " + base.display() + " cannot be fetched: " + error.message(),
                  error.retry() == Retry::permanent ? Retry::transient : error.retry());
  if (error.code() != kFetchTimeout) return out;
  return out.with_help("raise spec.timeout of the Repository if the base is large or far away");
}

}  // namespace

Result<GitUrl> BaseStore::allowed(const RemoteBase& base) const {
  if (allowed_.empty()) return remote_base_forbidden(base, "none is allowed here");
  GitUrl url = TRY(GitUrl::parse(base.url, options_));
  if (allowed_.allows(url)) return url;
  return remote_base_forbidden(base, "its host or path is not among those that are allowed");
}

Result<std::shared_ptr<GitStore>> BaseStore::store(const GitUrl& url, const BaseAsker& asker) {
  const bool own = is_same_server(url, GitUrl::parse(asker.url, options_));
  const std::string owner = own ? asker.secret : "";
  MutexLock lock(mutex_);
  std::shared_ptr<GitStore>& slot = stores_[{owner, url.text}];
  if (!slot) {
    const std::string part = owner.empty() ? "/anonymous" : "/" + fingerprint(owner).hex();
    slot = TRY(GitStore::open(directory_ + part, url.text, options_));
  }
  return slot;
}

Result<std::shared_ptr<const SourceTree>> BaseStore::find(const RemoteBase& base,
                                                          const BaseAsker& asker) {
  const GitUrl url = TRY(allowed(base));
  const std::shared_ptr<GitStore> objects = TRY(store(url, asker));
  if (objects->condemned()) return std::shared_ptr<const SourceTree>();
  Result<std::shared_ptr<const SourceTree>> tree = objects->open_tree(base.commit);
  const bool absent =
      !tree && (tree.error().code() == kCommitNotFound || tree.error().code() == kCorruptStore);
  if (absent) return std::shared_ptr<const SourceTree>();
  return tree;
}

Result<std::shared_ptr<const SourceTree>> BaseStore::fetch(const RemoteBase& base,
                                                           const BaseAsker& asker,
                                                           const GitCredentials& credentials,
                                                           Deadline deadline,
                                                           std::stop_token stop) {
  const GitUrl url = TRY(allowed(base));
  const std::shared_ptr<GitStore> objects = TRY(store(url, asker));
  FetchRequest request;
  request.url = url.text;
  request.ref.commit = base.commit.str();
  request.deadline = deadline;
  request.shallow = true;
  if (shares_credentials(base, asker)) request.credentials = credentials;
  const Result<FetchResult> fetched = objects->fetch(request, std::move(stop));
  if (!fetched) return told(fetched.error(), base);
  return objects->open_tree(base.commit);
}

bool BaseStore::shares_credentials(const RemoteBase& base, const BaseAsker& asker) const {
  const Result<GitUrl> url = GitUrl::parse(base.url, options_);
  return url && is_same_server(*url, GitUrl::parse(asker.url, options_));
}

GitCounters BaseStore::counters() {
  MutexLock lock(mutex_);
  GitCounters sum;
  for (const auto& [key, store] : stores_) {
    if (store) sum += store->counters();
  }
  return sum;
}

void BaseStore::rest() {
  MutexLock lock(mutex_);
  for (const auto& [key, store] : stores_) {
    if (store) store->rest();
  }
}

}  // namespace plumb
