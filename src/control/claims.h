// Claims: which app each object belongs to: the one that first entered it into its inventory.
//
// An app whose claim was refused is remembered as wanting the object, so that the owner, when the
// object leaves its source, hands it over instead of deleting it. Objects are kept by a fingerprint
// of their key, which takes a tenth of the memory. Not thread safe: the registry guards it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/digest.h"
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
  using AppIndex = uint32_t;
  struct Wanted {
    ObjectKey key;
    std::set<AppKey> by;
  };

  [[nodiscard]] AppIndex index_of(const AppKey& app);
  void free(const Fingerprint& object, std::set<AppKey>& wanting);
  void forget_wishes(const AppKey& app);

  std::unordered_map<Fingerprint, AppIndex> owners_;
  std::vector<AppKey> apps_;
  std::map<AppKey, AppIndex> indexes_;
  std::vector<std::vector<Fingerprint>> owned_;  // by AppIndex; sorted
  // Few: objects of one app that another wants, too.
  std::map<Fingerprint, Wanted> wanting_;
  std::map<AppKey, std::set<Fingerprint>> wishes_;
};

}  // namespace plumb
