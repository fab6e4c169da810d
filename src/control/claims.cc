#include "control/claims.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace plumb {
namespace {

Fingerprint fingerprint_of(const ClusterId& cluster, const ObjectKey& key) {
  std::string text;
  text.reserve(cluster.uid.size() + key.group.size() + key.kind.size() + key.namespace_.size() +
               key.name.size() + 5);
  for (const std::string* part :
       {&cluster.uid, &key.group, &key.kind, &key.namespace_, &key.name}) {
    text += *part;
    text += '\0';
  }
  return fingerprint(text);
}

std::vector<Fingerprint> fingerprints_of(const Inventory& inventory) {
  std::vector<Fingerprint> out;
  out.reserve(inventory.size());
  for (const InventoryEntry& entry : inventory.entries()) {
    out.push_back(fingerprint_of(inventory.cluster(), entry.key));
  }
  std::sort(out.begin(), out.end());
  return out;
}

// What is not in the sorted list yet, put in.
void add(std::vector<Fingerprint>& sorted, std::vector<Fingerprint> more) {
  if (more.empty()) return;
  std::vector<Fingerprint> all;
  all.reserve(sorted.size() + more.size());
  std::sort(more.begin(), more.end());
  std::set_union(sorted.begin(), sorted.end(), more.begin(), more.end(), std::back_inserter(all));
  sorted = std::move(all);
}

}  // namespace

Claims::AppIndex Claims::index_of(const AppKey& app) {
  const auto [at, is_new] = indexes_.try_emplace(app, static_cast<AppIndex>(apps_.size()));
  if (is_new) {
    apps_.push_back(app);
    owned_.emplace_back();
    stored_.emplace_back();
  }
  return at->second;
}

void Claims::seed(const AppKey& app, const Inventory& inventory) {
  const AppIndex index = index_of(app);
  std::vector<Fingerprint> fresh;
  for (const Fingerprint& object : fingerprints_of(inventory)) {
    if (owners_.try_emplace(object, index).second) fresh.push_back(object);
  }
  add(owned_[index], std::move(fresh));
}

std::map<ObjectKey, AppKey> Claims::claim(const AppKey& app, const ClusterId& cluster,
                                          const std::vector<ObjectKey>& keys) {
  forget_wishes(app);
  const AppIndex index = index_of(app);
  std::map<ObjectKey, AppKey> taken;
  std::vector<Fingerprint> fresh;
  for (const ObjectKey& key : keys) {
    const Fingerprint object = fingerprint_of(cluster, key);
    const auto [at, is_new] = owners_.try_emplace(object, index);
    if (is_new) fresh.push_back(object);
    if (at->second == index) continue;
    taken.emplace(key, apps_[at->second]);
    remember_wish(app, object, key);
  }
  add(owned_[index], std::move(fresh));
  return taken;
}

std::map<ObjectKey, AppKey> Claims::wanted_of(const AppKey& app) const {
  std::map<ObjectKey, AppKey> out;
  const auto index = indexes_.find(app);
  if (index == indexes_.end()) return out;
  for (const auto& [object, wanted] : wanting_) {
    const auto owner = owners_.find(object);
    if (owner == owners_.end() || owner->second != index->second) continue;
    out.emplace(wanted.key, *wanted.by.begin());
  }
  return out;
}

std::set<AppKey> Claims::keep(const AppKey& app, const Inventory& inventory) {
  std::set<AppKey> wanting;
  const auto index = indexes_.find(app);
  if (index == indexes_.end()) return wanting;
  std::vector<Fingerprint>& mine = owned_[index->second];
  const std::vector<Fingerprint> kept = fingerprints_of(inventory);
  std::erase_if(mine, [&](const Fingerprint& object) {
    if (std::binary_search(kept.begin(), kept.end(), object)) return false;
    free(index->second, object, wanting);
    return true;
  });
  return wanting;
}

std::set<AppKey> Claims::release(const AppKey& app) {
  forget_wishes(app);
  std::set<AppKey> wanting;
  const auto index = indexes_.find(app);
  if (index == indexes_.end()) return wanting;
  for (const Fingerprint& object : std::exchange(owned_[index->second], {})) {
    free(index->second, object, wanting);
  }
  store(index->second, {});
  return wanting;
}

std::optional<AppKey> Claims::owner_of(const ClusterId& cluster, const ObjectKey& key) const {
  const auto at = owners_.find(fingerprint_of(cluster, key));
  return at == owners_.end() ? std::nullopt : std::optional(apps_[at->second]);
}

std::set<AppKey> Claims::follow(const AppKey& app, const Inventory& stored) {
  const AppIndex index = index_of(app);
  std::vector<Fingerprint> now = fingerprints_of(stored);
  std::set<AppKey> wanting;
  std::erase_if(owned_[index], [&](const Fingerprint& object) {
    if (std::binary_search(now.begin(), now.end(), object)) return false;
    free(index, object, wanting);
    return true;
  });
  std::vector<Fingerprint> fresh;
  for (const Fingerprint& object : now) {
    const auto [at, is_new] = owners_.try_emplace(object, index);
    if (is_new) fresh.push_back(object);
    if (at->second == index || has_stored(at->second, object)) continue;
    std::erase(owned_[at->second], object);
    at->second = index;
    fresh.push_back(object);
  }
  add(owned_[index], std::move(fresh));
  store(index, std::move(now));
  return wanting;
}

void Claims::confirm(const AppKey& app, const Inventory& stored) {
  store(index_of(app), fingerprints_of(stored));
}

std::map<ObjectKey, AppKey> Claims::hold(const AppKey& app, const Inventory& inventory) {
  const AppIndex index = index_of(app);
  std::map<ObjectKey, AppKey> others;
  std::vector<Fingerprint> fresh;
  for (const InventoryEntry& entry : inventory.entries()) {
    const Fingerprint object = fingerprint_of(inventory.cluster(), entry.key);
    const auto [at, is_new] = owners_.try_emplace(object, index);
    if (is_new) fresh.push_back(object);
    if (at->second != index) others.emplace(entry.key, apps_[at->second]);
  }
  add(owned_[index], std::move(fresh));
  return others;
}

std::map<ObjectKey, AppKey> Claims::contested(const AppKey& app, const Inventory& inventory) const {
  std::map<ObjectKey, AppKey> out;
  if (contested_.empty()) return out;
  for (const InventoryEntry& entry : inventory.entries()) {
    const auto at = contested_.find(fingerprint_of(inventory.cluster(), entry.key));
    if (at == contested_.end()) continue;
    for (const AppIndex other : at->second) {
      if (apps_[other] != app) out.emplace(entry.key, apps_[other]);
    }
  }
  return out;
}

void Claims::award(const AppKey& app, const ClusterId& cluster, const ObjectKey& key) {
  const AppIndex index = index_of(app);
  const Fingerprint object = fingerprint_of(cluster, key);
  const auto [at, is_new] = owners_.try_emplace(object, index);
  if (!is_new && at->second == index) return;
  if (!is_new) std::erase(owned_[at->second], object);
  at->second = index;
  add(owned_[index], {object});
}

void Claims::wish(const AppKey& app, const ClusterId& cluster, const std::vector<ObjectKey>& keys) {
  forget_wishes(app);
  for (const ObjectKey& key : keys) remember_wish(app, fingerprint_of(cluster, key), key);
}

void Claims::store(AppIndex app, std::vector<Fingerprint> now) {
  for (const Fingerprint& object : stored_[app]) {
    const auto at = contested_.find(object);
    if (at == contested_.end() || std::binary_search(now.begin(), now.end(), object)) continue;
    at->second.erase(app);
    if (at->second.size() < 2) contested_.erase(at);
  }
  for (const Fingerprint& object : now) {
    const auto owner = owners_.find(object);
    if (owner == owners_.end() || owner->second == app) continue;
    if (has_stored(owner->second, object)) contested_[object].insert({app, owner->second});
  }
  stored_[app] = std::move(now);
}

bool Claims::has_stored(AppIndex app, const Fingerprint& object) const {
  const std::vector<Fingerprint>& stored = stored_[app];
  return std::binary_search(stored.begin(), stored.end(), object);
}

void Claims::free(AppIndex app, const Fingerprint& object, std::set<AppKey>& wanting) {
  owners_.erase(object);
  if (const auto others = contested_.find(object); others != contested_.end()) {
    for (const AppIndex other : others->second) {
      if (other == app) continue;
      owners_.emplace(object, other);
      add(owned_[other], {object});
      return;
    }
  }
  const auto at = wanting_.find(object);
  if (at != wanting_.end()) wanting.insert(at->second.by.begin(), at->second.by.end());
}

void Claims::remember_wish(const AppKey& app, const Fingerprint& object, const ObjectKey& key) {
  wanting_.try_emplace(object, Wanted{key, {}}).first->second.by.insert(app);
  wishes_[app].insert(object);
}

void Claims::forget_wishes(const AppKey& app) {
  const auto at = wishes_.find(app);
  if (at == wishes_.end()) return;
  for (const Fingerprint& object : at->second) {
    const auto wanted = wanting_.find(object);
    if (wanted == wanting_.end()) continue;
    wanted->second.by.erase(app);
    if (wanted->second.by.empty()) wanting_.erase(wanted);
  }
  wishes_.erase(at);
}

}  // namespace plumb
