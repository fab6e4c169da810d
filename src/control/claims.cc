#include "control/claims.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace plumb {
namespace {

Fingerprint fingerprint_of(const ObjectKey& key) {
  std::string text;
  text.reserve(key.group.size() + key.kind.size() + key.namespace_.size() + key.name.size() + 3);
  for (const std::string* part : {&key.group, &key.kind, &key.namespace_, &key.name}) {
    text += *part;
    text += '\0';
  }
  return fingerprint(text);
}

std::vector<Fingerprint> fingerprints_of(const Inventory& inventory) {
  std::vector<Fingerprint> out;
  out.reserve(inventory.size());
  for (const InventoryEntry& entry : inventory.entries()) out.push_back(fingerprint_of(entry.key));
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

std::map<ObjectKey, AppKey> Claims::claim(const AppKey& app, const std::vector<ObjectKey>& keys) {
  forget_wishes(app);
  const AppIndex index = index_of(app);
  std::map<ObjectKey, AppKey> taken;
  std::vector<Fingerprint> fresh;
  for (const ObjectKey& key : keys) {
    const Fingerprint object = fingerprint_of(key);
    const auto [at, is_new] = owners_.try_emplace(object, index);
    if (is_new) fresh.push_back(object);
    if (at->second == index) continue;
    taken.emplace(key, apps_[at->second]);
    wanting_.try_emplace(object, Wanted{key, {}}).first->second.by.insert(app);
    wishes_[app].insert(object);
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
    free(object, wanting);
    return true;
  });
  return wanting;
}

std::set<AppKey> Claims::release(const AppKey& app) {
  forget_wishes(app);
  std::set<AppKey> wanting;
  const auto index = indexes_.find(app);
  if (index == indexes_.end()) return wanting;
  for (const Fingerprint& object : std::exchange(owned_[index->second], {})) free(object, wanting);
  return wanting;
}

std::optional<AppKey> Claims::owner_of(const ObjectKey& key) const {
  const auto at = owners_.find(fingerprint_of(key));
  return at == owners_.end() ? std::nullopt : std::optional(apps_[at->second]);
}

void Claims::free(const Fingerprint& object, std::set<AppKey>& wanting) {
  owners_.erase(object);
  const auto at = wanting_.find(object);
  if (at != wanting_.end()) wanting.insert(at->second.by.begin(), at->second.by.end());
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
