#include "control/registry.h"

#include "core/status/app_status.h"
#include "core/status/conditions.h"
#include "core/status/status_json.h"
#include "edge/cluster/watch.h"

namespace plumb {
namespace {

template <class Key, class Entry>
std::shared_ptr<const Entry> find_entry(const std::map<Key, std::shared_ptr<const Entry>>& entries,
                                        const Key& key) {
  const auto at = entries.find(key);
  return at == entries.end() ? nullptr : at->second;
}

// What an app that another shard works on tells of itself. Its repository is another one, and moves
// by itself: that it is Ready for what it is asked now is all there is to know.
bool is_ready(const AppEntry& app) {
  const Condition* ready = find_condition(app.status.brief().conditions, "Ready");
  return !app.spec.suspend && ready != nullptr && ready->status == "True" &&
         app.status.brief().observed_generation == app.spec.generation;
}

// What stands on the server is all that is known.
Publication as_published(const AppStatus& status) {
  return {PublishedStatus(to_value(status)), essence_of(status), {}, {}, 0};
}

std::vector<ObjectKey> wanted_by(const AppStatus& status) {
  if (!status.wanted.empty()) return status.wanted;
  // An older operator tells of the first in its problems alone.
  std::vector<ObjectKey> out;
  for (const ObjectProblem& problem : status.problems) {
    if (problem.reason == to_string(StepReason::foreign_owner)) out.push_back(problem.key);
  }
  return out;
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
    entry->published = as_published(status);
    entry->inventory = PackedInventory(status.inventory);
    claims_.release(key);
    claims_.seed(key, status.inventory);
    entry->status = KeptStatus(std::move(status));
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
  return forget_app(key);
}

std::set<AppKey> Registry::forget_app(const AppKey& key) {
  unconfirmed_.erase(key);
  if (const auto neighbour = neighbours_.find(key); neighbour != neighbours_.end()) {
    index_dependencies(key, neighbour->second.app->spec.depends_on, {});
    neighbours_.erase(neighbour);
    return claims_.release(key);
  }
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

std::shared_ptr<const AppEntry> Registry::any_app(const AppKey& key) const {
  MutexLock lock(mutex_);
  const auto neighbour = neighbours_.find(key);
  return neighbour == neighbours_.end() ? find_entry(apps_, key) : neighbour->second.app;
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

std::vector<AppKey> Registry::apps_awaiting(uint64_t connection, const GroupKind& kind) const {
  MutexLock lock(mutex_);
  std::vector<AppKey> out;
  for (const auto& [key, entry] : apps_) {
    if (entry->restored_in == connection && entry->awaiting.contains(kind)) out.push_back(key);
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

std::map<ObjectKey, AppKey> Registry::claim(const AppKey& app, const ClusterId& cluster,
                                            const std::vector<ObjectKey>& keys) {
  MutexLock lock(mutex_);
  return claims_.claim(app, cluster, keys);
}

std::map<ObjectKey, AppKey> Registry::wanted_of(const AppKey& app) const {
  MutexLock lock(mutex_);
  return claims_.wanted_of(app);
}

std::set<AppKey> Registry::keep_claims(const AppKey& app, const Inventory& inventory) {
  MutexLock lock(mutex_);
  return claims_.keep(app, inventory);
}

std::optional<AppKey> Registry::owner_of(const ClusterId& cluster, const ObjectKey& key) const {
  MutexLock lock(mutex_);
  return claims_.owner_of(cluster, key);
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
  if (const auto neighbour = neighbours_.find(key); neighbour != neighbours_.end()) {
    return is_ready(*neighbour->second.app);
  }
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

Registry::Seen Registry::see_app(AppSpec spec, const std::string& uid, AppStatus status,
                                 const std::string& resource_version, const std::string& shard) {
  MutexLock lock(mutex_);
  const AppKey key = spec.key;
  Seen seen;
  std::shared_ptr<const AppEntry> known = find_entry(apps_, key);
  if (known && known->uid != uid) {
    seen.woken = forget_app(key);
    known = nullptr;
  }
  if (known) {
    seen.ours = true;
    seen.changed = known->spec != spec;
    if (listing_) {
      unconfirmed_.insert_or_assign(key, std::move(status.inventory));
    } else {
      claims_.confirm(key, status.inventory);
    }
    if (seen.changed) {
      by_repository_[known->spec.repository].erase(key);
      by_repository_[spec.repository].insert(key);
      index_dependencies(key, known->spec.depends_on, spec.depends_on);
      replace(apps_, key, [&](AppEntry& entry) { entry.spec = std::move(spec); });
    }
  } else {
    seen.woken.merge(
        put_neighbour(std::move(spec), uid, std::move(status), resource_version, shard));
  }
  if (!listing_) {
    seen_version_ = std::max(seen_version_, version_number(resource_version));
    seen_more_.notify_all();
  }
  return seen;
}

std::set<AppKey> Registry::put_neighbour(AppSpec spec, const std::string& uid, AppStatus status,
                                         const std::string& resource_version,
                                         const std::string& shard) {
  const AppKey key = spec.key;
  const auto [at, is_new] = neighbours_.try_emplace(key);
  const std::shared_ptr<const AppEntry> before = at->second.app;
  index_dependencies(key, before ? before->spec.depends_on : std::vector<AppKey>(),
                     spec.depends_on);
  std::set<AppKey> woken = claims_.follow(key, status.inventory);
  claims_.wish(key, status.inventory.cluster(), wanted_by(status));
  auto entry = std::make_shared<AppEntry>();
  entry->spec = std::move(spec);
  entry->uid = uid;
  entry->inventory = PackedInventory(status.inventory);
  entry->status = KeptStatus(std::move(status));
  const bool turned = before && is_ready(*before) != is_ready(*entry);
  const bool goes = before && before->spec.deleting != entry->spec.deleting;
  at->second = {std::move(entry), resource_version, shard};
  if (is_new || turned || goes) {
    const auto dependents = dependents_.find(key);
    if (dependents != dependents_.end())
      woken.insert(dependents->second.begin(), dependents->second.end());
  }
  return woken;
}

void Registry::begin_list() {
  MutexLock lock(mutex_);
  listing_ = true;
  unconfirmed_.clear();  // of a list that was cut off
}

void Registry::end_list(const std::string& resource_version) {
  MutexLock lock(mutex_);
  listing_ = false;
  for (const auto& [app, inventory] : unconfirmed_) claims_.confirm(app, inventory);
  unconfirmed_.clear();
  seen_version_ = std::max(seen_version_, version_number(resource_version));
  seen_more_.notify_all();
}

std::optional<Neighbour> Registry::neighbour(const AppKey& key) const {
  MutexLock lock(mutex_);
  const auto at = neighbours_.find(key);
  return at == neighbours_.end() ? std::nullopt : std::optional(at->second);
}

bool Registry::has_record(const AppKey& app, const ObjectKey& object) const {
  const auto neighbour = neighbours_.find(app);
  const auto entry =
      neighbour == neighbours_.end() ? find_entry(apps_, app) : neighbour->second.app;
  if (!entry) return false;
  const Inventory inventory = entry->inventory.unpack();
  const InventoryEntry* found = inventory.find(object);
  return found != nullptr && found->applied.has_value();
}

Inventory Registry::settled_inventory(const AppKey& key, const Inventory& stored) {
  const std::map<ObjectKey, AppKey> contested = claims_.contested(key, stored);
  if (contested.empty()) return stored;
  std::vector<InventoryEntry> kept;
  for (const InventoryEntry& entry : stored.entries()) {
    const auto other = contested.find(entry.key);
    // Nothing was ever applied by who has no record; without one, both ask again.
    if (other != contested.end() && !entry.applied) continue;
    kept.push_back(entry);
    if (other == contested.end()) continue;
    if (!has_record(other->second, entry.key) || key < other->second) {
      claims_.award(key, stored.cluster(), entry.key);
    }
  }
  return Inventory(std::move(kept), stored.cluster());
}

bool Registry::take(const AppKey& key, const std::string& resource_version) {
  MutexLock lock(mutex_);
  const auto at = neighbours_.find(key);
  if (at == neighbours_.end() || at->second.resource_version != resource_version) return false;
  auto entry = std::make_shared<AppEntry>(*at->second.app);
  const Inventory stored = entry->inventory.unpack();
  AppStatus status = entry->status.whole();
  status.inventory = stored;
  entry->published = as_published(status);
  const Inventory kept = settled_inventory(key, stored);
  entry->inventory = PackedInventory(kept);
  neighbours_.erase(at);
  by_repository_[entry->spec.repository].insert(key);
  apps_[key] = std::move(entry);
  claims_.wish(key, {}, {});
  if (kept.size() != stored.size()) static_cast<void>(claims_.keep(key, kept));
  return true;
}

void Registry::let_go(const AppKey& key, const std::string& shard) {
  MutexLock lock(mutex_);
  const auto at = apps_.find(key);
  if (at == apps_.end()) return;
  auto entry = std::make_shared<AppEntry>(*at->second);
  entry->accepted = nullptr;
  by_repository_[entry->spec.repository].erase(key);
  apps_.erase(at);
  claimed_at_.erase(key);
  outcomes_.erase(key);
  unconfirmed_.erase(key);
  neighbours_[key] = {std::move(entry), "", shard};
}

std::vector<AppKey> Registry::apps_naming(const RepositoryKey& key) const {
  MutexLock lock(mutex_);
  std::vector<AppKey> out;
  if (const auto ours = by_repository_.find(key); ours != by_repository_.end()) {
    out.assign(ours->second.begin(), ours->second.end());
  }
  for (const auto& [app, neighbour] : neighbours_) {
    if (neighbour.app->spec.repository == key) out.push_back(app);
  }
  return out;
}

void Registry::put_foreign_repository(RepositorySpec spec, std::string uid,
                                      RepositoryStatus status) {
  MutexLock lock(mutex_);
  auto entry = std::make_shared<RepositoryEntry>();
  const RepositoryKey key = spec.key;
  entry->uid = std::move(uid);
  entry->spec = std::move(spec);
  entry->status = std::move(status);
  repositories_[key] = std::move(entry);
}

bool Registry::await_version(uint64_t version, Deadline deadline) {
  if (version == 0) return false;
  MutexLock lock(mutex_);
  while (seen_version_ < version) {
    if (waits_ended_ || deadline.passed()) return false;
    seen_more_.wait_until(mutex_, deadline.at);
  }
  return true;
}

void Registry::end_waits() {
  MutexLock lock(mutex_);
  waits_ended_ = true;
  seen_more_.notify_all();
}

std::map<ObjectKey, AppKey> Registry::hold(const AppKey& app, const Inventory& inventory) {
  MutexLock lock(mutex_);
  return claims_.hold(app, inventory);
}

}  // namespace plumb
