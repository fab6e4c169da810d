// Claims: which app each object belongs to: the one that first entered it into its inventory.
//
// An app whose claim was refused is remembered as wanting the object, so that the owner, when the
// object leaves its source, hands it over instead of deleting it. Objects are kept by a fingerprint
// of their key, which takes a tenth of the memory. The same key in two clusters is two objects, and
// in one cluster one, whatever Secrets it is reached by. Not thread safe: the registry guards it.
//
// Among several shards a claim counts when it stands in the App's status on the server. Every shard
// sees these writes in one order, that of the watch of Apps, and the first one has the object:
// `follow` and `confirm` are fed from the watch, and an App of ours applies what is new in its
// inventory only after its own write was confirmed, and as far as it can `hold` it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "base/dense_table.h"
#include "base/digest.h"
#include "model/inventory.h"

namespace plumb {

class Claims {
 public:
  // What a new app brings with it; objects that already belong to another app stay there.
  void seed(const AppKey& app, const Inventory& inventory);
  // Claims what is free, and returns the owners of what is not. `keys` are all that the app wants.
  [[nodiscard]] std::map<ObjectKey, AppKey> claim(const AppKey& app, const ClusterId& cluster,
                                                  const std::vector<ObjectKey>& keys);
  // The app's objects that others want, with the first of them.
  [[nodiscard]] std::map<ObjectKey, AppKey> wanted_of(const AppKey& app) const;
  // The app keeps the claims of what is in the inventory. Both return the apps that want something
  // that became free.
  std::set<AppKey> keep(const AppKey& app, const Inventory& inventory);
  std::set<AppKey> release(const AppKey& app);
  [[nodiscard]] std::optional<AppKey> owner_of(const ClusterId& cluster,
                                               const ObjectKey& key) const;

  // What an app of another shard has by its stored status. It gets what nobody has, and what an app
  // of ours claimed without having it stored. Returns the apps that want something that became
  // free.
  std::set<AppKey> follow(const AppKey& app, const Inventory& stored);
  // What an app of ours has by its stored status: what it owns of it cannot be lost any more.
  void confirm(const AppKey& app, const Inventory& stored);
  // What of the inventory belongs to others; the app owns the rest from now on.
  [[nodiscard]] std::map<ObjectKey, AppKey> hold(const AppKey& app, const Inventory& inventory);
  // What of the inventory stands in the stored status of others, too.
  [[nodiscard]] std::map<ObjectKey, AppKey> contested(const AppKey& app,
                                                      const Inventory& inventory) const;
  // Makes the app the owner, whoever was it.
  void award(const AppKey& app, const ClusterId& cluster, const ObjectKey& key);
  // What an app of another shard says that it wants.
  void wish(const AppKey& app, const ClusterId& cluster, const std::vector<ObjectKey>& keys);

  [[nodiscard]] size_t bytes() const { return claims_.bytes(); }  // of the table of owners

 private:
  using AppIndex = uint32_t;
  struct Claim {
    Fingerprint object;
    AppIndex owner;
  };
  struct ByObject {
    size_t operator()(const Claim& claim) const { return std::hash<Fingerprint>()(claim.object); }
  };
  struct Wanted {
    ObjectKey key;
    std::set<AppKey> by;
  };

  [[nodiscard]] AppIndex index_of(const AppKey& app);
  [[nodiscard]] const Claim* claim_of(const Fingerprint& object) const;
  // Who owns the object: the app, if nobody did.
  AppIndex owner_or(AppIndex app, const Fingerprint& object);
  void give(AppIndex app, const Fingerprint& object);
  // Frees what the app owns that is not in the sorted list.
  void free_others(AppIndex app, const std::vector<Fingerprint>& kept, std::set<AppKey>& wanting);
  void free(AppIndex app, const Fingerprint& object, std::set<AppKey>& wanting);
  void forget_wishes(const AppKey& app);
  void remember_wish(const AppKey& app, const Fingerprint& object, const ObjectKey& key);
  void store(AppIndex app, std::vector<Fingerprint> now);
  [[nodiscard]] bool has_stored(AppIndex app, const Fingerprint& object) const;

  DenseTable<Claim, ByObject> claims_;
  std::vector<AppKey> apps_;
  std::map<AppKey, AppIndex> indexes_;
  std::vector<size_t> owned_;                     // how many objects, by AppIndex
  std::vector<std::vector<Fingerprint>> stored_;  // by AppIndex; sorted; of several shards only
  // Few, and for moments: objects that stand in the stored status of more apps than one.
  std::map<Fingerprint, std::set<AppIndex>> contested_;
  // Few: objects of one app that another wants, too.
  std::map<Fingerprint, Wanted> wanting_;
  std::map<AppKey, std::set<Fingerprint>> wishes_;
};

}  // namespace plumb
