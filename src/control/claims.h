// Claims: which app each object belongs to: the one that first entered it into its inventory.
//
// An app whose claim was refused is remembered as wanting the object, so that the owner, when the
// object leaves its source, hands it over instead of deleting it. Not thread safe: the registry
// guards it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "model/inventory.h"

namespace plumb {

class Claims {
 public:
  // What a new app brings with it; objects that already belong to another app stay there.
  void seed(const AppKey& app, const Inventory& inventory);
  // Claims what is free, and returns the owners of what is not. `keys` are all that the app wants.
  [[nodiscard]] std::map<ObjectKey, AppKey> claim(const AppKey& app,
                                                  const std::vector<ObjectKey>& keys);
  // The app's objects that others want, with the first of them.
  [[nodiscard]] std::map<ObjectKey, AppKey> wanted_of(const AppKey& app) const;
  // The app keeps the claims of what is in the inventory. Both return the apps that want something
  // that became free.
  std::set<AppKey> keep(const AppKey& app, const Inventory& inventory);
  std::set<AppKey> release(const AppKey& app);
  [[nodiscard]] std::optional<AppKey> owner_of(const ObjectKey& key) const;

 private:
  void free(const ObjectKey& key, std::set<AppKey>& wanting);
  void forget_wishes(const AppKey& app);

  std::map<ObjectKey, AppKey> owners_;
  std::map<AppKey, std::set<ObjectKey>> owned_;
  std::map<ObjectKey, std::set<AppKey>> wanting_;
  std::map<AppKey, std::set<ObjectKey>> wishes_;
};

}  // namespace plumb
