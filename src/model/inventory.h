// Inventory: what an app has in the cluster; the only thing that may be pruned. A write-ahead
// journal: an object is entered before it is first applied, and leaves only when its deletion was
// confirmed (or it was released on purpose). Value, sorted by key; thread safe. Its algebra is in
// core/plan/inventory_algebra.h.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "model/observed.h"

namespace plumb {

// Which cluster objects are in.
struct ClusterId {
  std::string uid = {};     // of its namespace kube-system; "": the operator's own cluster
  std::string server = {};  // its URL as it was last, for people: the same cluster may move

  [[nodiscard]] bool is_own() const { return uid.empty(); }
  [[nodiscard]] std::string display() const {
    return is_own() ? "the operator's own cluster" : "cluster " + uid + " (" + server + ")";
  }
  [[nodiscard]] bool is_same(const ClusterId& other) const { return uid == other.uid; }
  friend bool operator==(const ClusterId&, const ClusterId&) = default;
};

struct InventoryEntry {
  ObjectKey key;
  std::string version;  // API version it was applied with ("v1"): how to reach it for deletion
  std::optional<ApplyRecord> applied;  // absent until the first apply succeeded

  friend bool operator==(const InventoryEntry&, const InventoryEntry&) = default;
};

class Inventory {
 public:
  Inventory() = default;
  explicit Inventory(std::vector<InventoryEntry> entries, ClusterId cluster = {})
      : entries_(std::move(entries)), cluster_(std::move(cluster)) {
    std::sort(entries_.begin(), entries_.end(),
              [](const auto& a, const auto& b) { return a.key < b.key; });
  }

  [[nodiscard]] const std::vector<InventoryEntry>& entries() const { return entries_; }
  // All entries are of one cluster: what the same keys are in another one is not known by them.
  [[nodiscard]] const ClusterId& cluster() const { return cluster_; }
  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] size_t size() const { return entries_.size(); }
  [[nodiscard]] const InventoryEntry* find(const ObjectKey& key) const {
    const auto at =
        std::lower_bound(entries_.begin(), entries_.end(), key,
                         [](const InventoryEntry& e, const ObjectKey& k) { return e.key < k; });
    return at == entries_.end() || at->key != key ? nullptr : &*at;
  }

  friend bool operator==(const Inventory&, const Inventory&) = default;

 private:
  std::vector<InventoryEntry> entries_;
  ClusterId cluster_;
};

}  // namespace plumb
