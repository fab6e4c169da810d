#include "control/registry.h"

#include "core/status/app_status.h"
#include "core/status/status_json.h"

namespace plumb {
namespace {

template <class Key, class Entry>
std::shared_ptr<const Entry> find_entry(const std::map<Key, std::shared_ptr<const Entry>>& entries,
                                        const Key& key) {
  const auto at = entries.find(key);
  return at == entries.end() ? nullptr : at->second;
}

}  // namespace

void Registry::refuse(const ObjectKey& resource, RefusedResource refused) {
  MutexLock lock(mutex_);
  refused_.insert_or_assign(resource, std::move(refused));
}

void Registry::admit(const ObjectKey& resource) {
  MutexLock lock(mutex_);
  refused_.erase(resource);
}

std::optional<RefusedResource> Registry::refused(const ObjectKey& resource) const {
  MutexLock lock(mutex_);
  const auto at = refused_.find(resource);
  return at == refused_.end() ? std::nullopt : std::optional(at->second);
}

void Registry::put_repository(RepositorySpec spec, std::string uid, RepositoryStatus status) {
  MutexLock lock(mutex_);
  std::shared_ptr<const RepositoryEntry>& slot = repositories_[spec.key];
  auto entry =
      slot ? std::make_shared<RepositoryEntry>(*slot) : std::make_shared<RepositoryEntry>();
  if (!slot) entry->status = std::move(status);
  if (slot && slot->spec.url != spec.url) {  // another repository altogether
    entry->good = nullptr;
    entry->standing.reset();
  }
  entry->uid = std::move(uid);
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
    entry->published = {
        PublishedStatus(to_value(entry->status)), essence_of(entry->status), {}, {}, 0};
    entry->inventory = PackedInventory(entry->status.inventory);
    claims_.release(key);
    claims_.seed(key, entry->status.inventory);
    entry->status.inventory = {};
  }
  by_repository_[spec.repository].insert(key);
  index_dependencies(key, slot ? slot->spec.depends_on : std::vector<AppKey>(), spec.depends_on);
  entry->spec = std::move(spec);
  slot = std::move(entry);
  return true;
}

bool Registry::put_foreign_status(const AppKey& key, uint64_t version, const Value& status) {
  MutexLock lock(mutex_);
  const auto at = apps_.find(key);
  if (at == apps_.end()) return false;
  const Publication& published = at->second->published;
  if (version <= published.version || published.status.is(status)) return false;
  replace(apps_, key, [&](AppEntry& entry) {
    entry.published.status = PublishedStatus(status);
    entry.published.essence = {};
    entry.published.version = version;
  });
  return true;
}

std::set<AppKey> Registry::remove_app(const AppKey& key) {
  MutexLock lock(mutex_);
  const auto at = apps_.find(key);
  if (at == apps_.end()) return {};
  by_repository_[at->second->spec.repository].erase(key);
  index_dependencies(key, at->second->spec.depends_on, {});
  apps_.erase(at);
  claimed_at_.erase(key);
  outcomes_.erase(key);
  for (auto& [repository, waiting] : waiting_for_claims_) waiting.erase(key);
  std::erase_if(waiting_for_claims_, [](const auto& one) { return one.second.empty(); });
  return claims_.release(key);
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
  return claims_.claim(app, keys);
}

std::map<ObjectKey, AppKey> Registry::wanted_of(const AppKey& app) const {
  MutexLock lock(mutex_);
  return claims_.wanted_of(app);
}

std::set<AppKey> Registry::keep_claims(const AppKey& app, const Inventory& inventory) {
  MutexLock lock(mutex_);
  return claims_.keep(app, inventory);
}

std::optional<AppKey> Registry::owner_of(const ObjectKey& key) const {
  MutexLock lock(mutex_);
  return claims_.owner_of(key);
}

bool Registry::note_outcome(const AppKey& key, const TurnOutcome& outcome) {
  MutexLock lock(mutex_);
  const auto [at, is_new] = outcomes_.try_emplace(key, outcome);
  if (!is_new && at->second == outcome) return false;
  at->second = outcome;
  return true;
}

std::optional<bool> Registry::ready_at_newest(const AppKey& key) const {
  MutexLock lock(mutex_);
  const std::shared_ptr<const AppEntry> app = find_entry(apps_, key);
  if (!app || app->spec.suspend) return false;
  const auto repository = find_entry(repositories_, app->spec.repository);
  if (!repository || !repository->good) return false;
  const auto outcome = outcomes_.find(key);
  if (outcome == outcomes_.end()) return std::nullopt;
  if (outcome->second.commit != repository->good->verified.revision().commit) return std::nullopt;
  return outcome->second.ready;
}

std::set<AppKey> Registry::dependents_of(const AppKey& key) const {
  MutexLock lock(mutex_);
  const auto at = dependents_.find(key);
  return at == dependents_.end() ? std::set<AppKey>() : at->second;
}

void Registry::index_dependencies(const AppKey& app, const std::vector<AppKey>& before,
                                  const std::vector<AppKey>& after) {
  for (const AppKey& key : before) {
    const auto at = dependents_.find(key);
    if (at == dependents_.end()) continue;
    at->second.erase(app);
    if (at->second.empty()) dependents_.erase(at);
  }
  for (const AppKey& key : after) dependents_[key].insert(app);
}

void Registry::claimed_at(const AppKey& app, const CommitId& commit) {
  MutexLock lock(mutex_);
  claimed_at_[app] = commit;
}

bool Registry::must_wait_for_claims(const AppKey& app, const CommitId& commit) {
  MutexLock lock(mutex_);
  const std::shared_ptr<const AppEntry> entry = find_entry(apps_, app);
  if (!entry || all_claimed(entry->spec.repository, commit)) return false;
  waiting_for_claims_[entry->spec.repository].insert(app);
  return true;
}

std::set<AppKey> Registry::end_wait_for_claims(const RepositoryKey& key) {
  MutexLock lock(mutex_);
  const auto waiting = waiting_for_claims_.find(key);
  if (waiting == waiting_for_claims_.end()) return {};
  if (!all_claimed(key, claimed_at_[*waiting->second.begin()])) return {};
  std::set<AppKey> out = std::move(waiting->second);
  waiting_for_claims_.erase(waiting);
  return out;
}

bool Registry::all_claimed(const RepositoryKey& key, const CommitId& commit) const {
  const auto apps = by_repository_.find(key);
  if (apps == by_repository_.end()) return true;
  for (const AppKey& app : apps->second) {
    const std::shared_ptr<const AppEntry> entry = find_entry(apps_, app);
    if (!entry || entry->spec.suspend || entry->spec.deleting) continue;
    const auto at = claimed_at_.find(app);
    if (at == claimed_at_.end() || at->second != commit) return false;
  }
  return true;
}

}  // namespace plumb
