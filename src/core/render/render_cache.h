// RenderCache: Manifests by what was read to make them. A commit that changes nothing an app reads
// does not render it again, and a revert finds the earlier result.
//
// Entries are found by the request's cache_key; of those with the same key the one whose read-set
// holds in the given tree is the answer. The content of files decides, not the repository, so apps
// of several repositories may share a cache. Packed, and bounded by bytes; the entry used longest
// ago goes first. Failed renders are not kept. Thread safe: trees are read outside the lock, and
// two threads that miss at once both render.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/mutex.h"
#include "core/render/packed_manifests.h"
#include "core/render/render.h"

namespace plumb {

class RenderCache {
 public:
  struct Options {
    uint64_t max_bytes = 32ull << 20;
    size_t max_per_request = 8;  // results of one request: revisions that can be reverted to
  };
  struct Counts {
    uint64_t hits = 0;
    uint64_t misses = 0;
    uint64_t entries = 0;
    uint64_t bytes = 0;
  };

  RenderCache() : RenderCache(Options{}) {}
  explicit RenderCache(Options options) : options_(options) {}

  // The result for the request in this tree, or null. Errors are those of the tree.
  [[nodiscard]] Result<std::shared_ptr<const PackedManifests>> lookup(const RenderRequest& request,
                                                                      const SourceTree& tree);
  void insert(const RenderRequest& request, std::shared_ptr<const PackedManifests> manifests);
  // lookup, else render and insert.
  [[nodiscard]] Result<std::shared_ptr<const PackedManifests>> render(const SourceTree& tree,
                                                                      const RenderRequest& request,
                                                                      Budget& budget);
  [[nodiscard]] Counts counts() const;

 private:
  struct Entry {
    std::string key;
    std::shared_ptr<const PackedManifests> manifests;
    uint64_t bytes = 0;
  };
  using Entries = std::list<Entry>;  // the one used last is first
  struct State {
    Entries entries;
    std::unordered_map<std::string, std::vector<Entries::iterator>> by_key;
    Counts counts;

    void remove(Entries::iterator entry);
  };

  Options options_;
  Guarded<State> state_;
};

}  // namespace plumb
