#include "edge/git/tree_cache.h"

namespace plumb {

TreeCache::Entries TreeCache::find(const ObjectId& tree) const {
  return state_.with([&](const State& state) {
    const auto at = state.trees.find(tree);
    return at == state.trees.end() ? Entries() : at->second;
  });
}

void TreeCache::insert(const ObjectId& tree, Entries entries) {
  state_.with([&](State& state) {
    if (state.entries + entries->size() > max_entries_) state = {};
    const size_t size = entries->size() + 1;  // an empty one takes room, too
    if (state.trees.emplace(tree, std::move(entries)).second) state.entries += size;
  });
}

size_t TreeCache::entries() const {
  return state_.with([](const State& state) { return state.entries; });
}

}  // namespace plumb
