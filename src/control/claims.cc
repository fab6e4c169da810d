#include "control/claims.h"

namespace plumb {

void Claims::seed(const AppKey& app, const Inventory& inventory) {
  for (const InventoryEntry& entry : inventory.entries()) {
    if (owners_.try_emplace(entry.key, app).second) owned_[app].insert(entry.key);
  }
}

std::map<ObjectKey, AppKey> Claims::claim(const AppKey& app, const std::vector<ObjectKey>& keys) {
  forget_wishes(app);
  std::map<ObjectKey, AppKey> taken;
  std::set<ObjectKey>& mine = owned_[app];
  for (const ObjectKey& key : keys) {
    const auto [at, is_new] = owners_.try_emplace(key, app);
    if (at->second == app) {
      mine.insert(key);
      continue;
    }
    taken.emplace(key, at->second);
    wanting_[key].insert(app);
    wishes_[app].insert(key);
  }
  return taken;
}

std::map<ObjectKey, AppKey> Claims::wanted_of(const AppKey& app) const {
  std::map<ObjectKey, AppKey> out;
  const auto mine = owned_.find(app);
  if (mine == owned_.end()) return out;
  for (const auto& [key, apps] : wanting_) {
    if (mine->second.contains(key)) out.emplace(key, *apps.begin());
  }
  return out;
}

std::set<AppKey> Claims::keep(const AppKey& app, const Inventory& inventory) {
  std::set<AppKey> wanting;
  const auto mine = owned_.find(app);
  if (mine == owned_.end()) return wanting;
  for (auto at = mine->second.begin(); at != mine->second.end();) {
    if (inventory.find(*at) != nullptr) {
      ++at;
      continue;
    }
    free(*at, wanting);
    at = mine->second.erase(at);
  }
  return wanting;
}

std::set<AppKey> Claims::release(const AppKey& app) {
  forget_wishes(app);
  std::set<AppKey> wanting;
  const auto mine = owned_.find(app);
  if (mine == owned_.end()) return wanting;
  for (const ObjectKey& key : mine->second) free(key, wanting);
  owned_.erase(mine);
  return wanting;
}

std::optional<AppKey> Claims::owner_of(const ObjectKey& key) const {
  const auto at = owners_.find(key);
  return at == owners_.end() ? std::nullopt : std::optional(at->second);
}

void Claims::free(const ObjectKey& key, std::set<AppKey>& wanting) {
  owners_.erase(key);
  const auto at = wanting_.find(key);
  if (at != wanting_.end()) wanting.insert(at->second.begin(), at->second.end());
}

void Claims::forget_wishes(const AppKey& app) {
  const auto at = wishes_.find(app);
  if (at == wishes_.end()) return;
  for (const ObjectKey& key : at->second) {
    const auto apps = wanting_.find(key);
    if (apps == wanting_.end()) continue;
    apps->second.erase(app);
    if (apps->second.empty()) wanting_.erase(apps);
  }
  wishes_.erase(at);
}

}  // namespace plumb
