#include "control/registry.h"

namespace plumb {
namespace {

template <class Key, class Entry>
std::shared_ptr<const Entry> find_entry(const std::map<Key, std::shared_ptr<const Entry>>& entries,
                                        const Key& key) {
  const auto at = entries.find(key);
  return at == entries.end() ? nullptr : at->second;
}

}  // namespace

void Registry::put_repository(RepositorySpec spec, RepositoryStatus status) {
  MutexLock lock(mutex_);
  std::shared_ptr<const RepositoryEntry>& slot = repositories_[spec.key];
  auto entry =
      slot ? std::make_shared<RepositoryEntry>(*slot) : std::make_shared<RepositoryEntry>();
  if (!slot) entry->status = std::move(status);
  if (slot && slot->spec.url != spec.url) entry->good = nullptr;  // another repository altogether
  entry->spec = std::move(spec);
  slot = std::move(entry);
}

void Registry::remove_repository(const RepositoryKey& key) {
  MutexLock lock(mutex_);
  repositories_.erase(key);
}

bool Registry::put_app(AppSpec spec, std::string uid, AppStatus status) {
  MutexLock lock(mutex_);
  const AppKey key = spec.key;
  std::shared_ptr<const AppEntry>& slot = apps_[key];
  if (slot && slot->uid == uid && slot->spec == spec) return false;
  const bool same_object = slot && slot->uid == uid;
  auto entry = same_object ? std::make_shared<AppEntry>(*slot) : std::make_shared<AppEntry>();
  if (slot) by_repository_[slot->spec.repository].erase(key);
  if (!same_object) {
    entry->uid = std::move(uid);
    entry->status = std::move(status);
    entry->inventory = entry->status.inventory;
    release_claims(key);
    for (const InventoryEntry& owned : entry->inventory.entries()) {
      if (claims_.try_emplace(owned.key, key).second) claimed_by_[key].insert(owned.key);
    }
  }
  by_repository_[spec.repository].insert(key);
  entry->spec = std::move(spec);
  slot = std::move(entry);
  return true;
}

void Registry::remove_app(const AppKey& key) {
  MutexLock lock(mutex_);
  const auto at = apps_.find(key);
  if (at == apps_.end()) return;
  by_repository_[at->second->spec.repository].erase(key);
  release_claims(key);
  apps_.erase(at);
}

std::shared_ptr<const RepositoryEntry> Registry::repository(const RepositoryKey& key) const {
  MutexLock lock(mutex_);
  return find_entry(repositories_, key);
}

std::shared_ptr<const AppEntry> Registry::app(const AppKey& key) const {
  MutexLock lock(mutex_);
  return find_entry(apps_, key);
}

std::vector<AppKey> Registry::apps_of(const RepositoryKey& key) const {
  MutexLock lock(mutex_);
  const auto at = by_repository_.find(key);
  if (at == by_repository_.end()) return {};
  return {at->second.begin(), at->second.end()};
}

std::vector<AppKey> Registry::apps() const {
  MutexLock lock(mutex_);
  std::vector<AppKey> out;
  for (const auto& [key, entry] : apps_) out.push_back(key);
  return out;
}

std::vector<RepositoryKey> Registry::repositories() const {
  MutexLock lock(mutex_);
  std::vector<RepositoryKey> out;
  for (const auto& [key, entry] : repositories_) out.push_back(key);
  return out;
}

std::vector<AppKey> Registry::apps_awaiting(const GroupKind& kind) const {
  MutexLock lock(mutex_);
  std::vector<AppKey> out;
  for (const auto& [key, entry] : apps_) {
    if (entry->awaiting.contains(kind)) out.push_back(key);
  }
  return out;
}

std::vector<RepositoryKey> Registry::repositories_with_secret(const NamespacedName& name) const {
  MutexLock lock(mutex_);
  std::vector<RepositoryKey> out;
  for (const auto& [key, entry] : repositories_) {
    if (key.namespace_ != name.namespace_) continue;
    if (entry->spec.secret_ref == name.name || entry->spec.webhook_secret_ref == name.name) {
      out.push_back(key);
    }
  }
  return out;
}

std::map<ObjectKey, AppKey> Registry::claim(const AppKey& app, const std::vector<ObjectKey>& keys) {
  MutexLock lock(mutex_);
  std::map<ObjectKey, AppKey> taken;
  std::set<ObjectKey>& mine = claimed_by_[app];
  for (const ObjectKey& key : keys) {
    const auto [at, is_new] = claims_.try_emplace(key, app);
    if (at->second != app) {
      taken.emplace(key, at->second);
    } else {
      mine.insert(key);
    }
  }
  return taken;
}

void Registry::keep_claims(const AppKey& app, const Inventory& inventory) {
  MutexLock lock(mutex_);
  std::set<ObjectKey>& mine = claimed_by_[app];
  for (auto at = mine.begin(); at != mine.end();) {
    if (inventory.find(*at) != nullptr) {
      ++at;
    } else {
      claims_.erase(*at);
      at = mine.erase(at);
    }
  }
}

std::optional<AppKey> Registry::owner_of(const ObjectKey& key) const {
  MutexLock lock(mutex_);
  const auto at = claims_.find(key);
  return at == claims_.end() ? std::nullopt : std::optional(at->second);
}

void Registry::release_claims(const AppKey& app) {
  const auto mine = claimed_by_.find(app);
  if (mine == claimed_by_.end()) return;
  for (const ObjectKey& key : mine->second) claims_.erase(key);
  claimed_by_.erase(mine);
}

}  // namespace plumb
