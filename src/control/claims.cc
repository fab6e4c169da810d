#include "control/claims.h"

#include <algorithm>
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
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

Claims::AppIndex Claims::index_of(const AppKey& app) {
  const auto [at, is_new] = indexes_.try_emplace(app, static_cast<AppIndex>(apps_.size()));
  if (is_new) {
    apps_.push_back(app);
    owned_.push_back(0);
    stored_.emplace_back();
  }
  return at->second;
}

const Claims::Claim* Claims::claim_of(const Fingerprint& object) const {
  return claims_.find(std::hash<Fingerprint>()(object),
                      [&](const Claim& claim) { return claim.object == object; });
}

Claims::AppIndex Claims::owner_or(AppIndex app, const Fingerprint& object) {
  if (const Claim* there = claim_of(object)) return there->owner;
  claims_.add({object, app});
  ++owned_[app];
  return app;
}

void Claims::give(AppIndex app, const Fingerprint& object) {
  if (owner_or(app, object) == app) return;
  Claim& claim = const_cast<Claim&>(*claim_of(object));
  --owned_[claim.owner];
  claim.owner = app;
  ++owned_[app];
}

void Claims::seed(const AppKey& app, const Inventory& inventory) {
  const AppIndex index = index_of(app);
  for (const Fingerprint& object : fingerprints_of(inventory)) owner_or(index, object);
}

std::map<ObjectKey, AppKey> Claims::claim(const AppKey& app, const ClusterId& cluster,
                                          const std::vector<ObjectKey>& keys) {
  forget_wishes(app);
  const AppIndex index = index_of(app);
  std::map<ObjectKey, AppKey> taken;
  for (const ObjectKey& key : keys) {
    const Fingerprint object = fingerprint_of(cluster, key);
    const AppIndex owner = owner_or(index, object);
    if (owner == index) continue;
    taken.emplace(key, apps_[owner]);
    remember_wish(app, object, key);
  }
  return taken;
}

std::map<ObjectKey, AppKey> Claims::wanted_of(const AppKey& app) const {
  std::map<ObjectKey, AppKey> out;
  const auto index = indexes_.find(app);
  if (index == indexes_.end()) return out;
  for (const auto& [object, wanted] : wanting_) {
    const Claim* claim = claim_of(object);
    if (claim == nullptr || claim->owner != index->second) continue;
    out.emplace(wanted.key, *wanted.by.begin());
  }
  return out;
}

std::set<AppKey> Claims::keep(const AppKey& app, const Inventory& inventory) {
  std::set<AppKey> wanting;
  const auto index = indexes_.find(app);
  if (index == indexes_.end()) return wanting;
  free_others(index->second, fingerprints_of(inventory), wanting);
  return wanting;
}

std::set<AppKey> Claims::release(const AppKey& app) {
  forget_wishes(app);
  std::set<AppKey> wanting;
  const auto index = indexes_.find(app);
  if (index == indexes_.end()) return wanting;
  free_others(index->second, {}, wanting);
  store(index->second, {});
  return wanting;
}

std::optional<AppKey> Claims::owner_of(const ClusterId& cluster, const ObjectKey& key) const {
  const Claim* claim = claim_of(fingerprint_of(cluster, key));
  return claim == nullptr ? std::nullopt : std::optional(apps_[claim->owner]);
}

std::set<AppKey> Claims::follow(const AppKey& app, const Inventory& stored) {
  const AppIndex index = index_of(app);
  std::vector<Fingerprint> now = fingerprints_of(stored);
  std::set<AppKey> wanting;
  free_others(index, now, wanting);
  for (const Fingerprint& object : now) {
    const AppIndex owner = owner_or(index, object);
    if (owner != index && !has_stored(owner, object)) give(index, object);
  }
  store(index, std::move(now));
  return wanting;
}

void Claims::confirm(const AppKey& app, const Inventory& stored) {
  store(index_of(app), fingerprints_of(stored));
}

std::map<ObjectKey, AppKey> Claims::hold(const AppKey& app, const Inventory& inventory) {
  const AppIndex index = index_of(app);
  std::map<ObjectKey, AppKey> others;
  for (const InventoryEntry& entry : inventory.entries()) {
    const AppIndex owner = owner_or(index, fingerprint_of(inventory.cluster(), entry.key));
    if (owner != index) others.emplace(entry.key, apps_[owner]);
  }
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
  give(index_of(app), fingerprint_of(cluster, key));
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
    const Claim* claim = claim_of(object);
    if (claim == nullptr || claim->owner == app) continue;
    if (has_stored(claim->owner, object)) contested_[object].insert({app, claim->owner});
  }
  stored_[app] = std::move(now);
}

bool Claims::has_stored(AppIndex app, const Fingerprint& object) const {
  const std::vector<Fingerprint>& stored = stored_[app];
  return std::binary_search(stored.begin(), stored.end(), object);
}

void Claims::free_others(AppIndex app, const std::vector<Fingerprint>& kept,
                         std::set<AppKey>& wanting) {
  const auto is_kept = [&](const Fingerprint& object) {
    return std::binary_search(kept.begin(), kept.end(), object);
  };
  // Nearly always all are kept, and the claims of the other apps need not be looked at.
  const auto still = std::count_if(kept.begin(), kept.end(), [&](const Fingerprint& object) {
    const Claim* claim = claim_of(object);
    return claim != nullptr && claim->owner == app;
  });
  if (static_cast<size_t>(still) == owned_[app]) return;
  std::vector<Fingerprint> others;
  for (const Claim& claim : claims_) {
    if (claim.owner == app && !is_kept(claim.object)) others.push_back(claim.object);
  }
  for (const Fingerprint& object : others) free(app, object, wanting);
}

void Claims::free(AppIndex app, const Fingerprint& object, std::set<AppKey>& wanting) {
  claims_.erase(*claim_of(object));
  --owned_[app];
  if (const auto others = contested_.find(object); others != contested_.end()) {
    for (const AppIndex other : others->second) {
      if (other == app) continue;
      give(other, object);
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
