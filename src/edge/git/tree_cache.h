// TreeCache: directories of one repository, parsed, by the id of their tree. What an id names never
// changes, so all commits share it: of a new one only what is different is read. Each commit in
// force keeping its own would grow with their number. Bounded by entries, and emptied when it is
// full: what is in use comes back at once. Thread safe.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "model/source_tree.h"

namespace plumb {

class TreeCache {
 public:
  using Entries = std::shared_ptr<const std::vector<TreeEntry>>;

  explicit TreeCache(size_t max_entries = 50'000) : max_entries_(max_entries) {}

  [[nodiscard]] Entries find(const ObjectId& tree) const;  // null if it is not there
  void insert(const ObjectId& tree, Entries entries);
  [[nodiscard]] size_t entries() const;

 private:
  struct State {
    std::unordered_map<ObjectId, Entries> trees;
    size_t entries = 0;
  };

  const size_t max_entries_;
  Guarded<State> state_;
};

}  // namespace plumb
