#include "core/render/render_cache.h"

#include <algorithm>

namespace plumb {
namespace {

constexpr uint64_t kEntryBytes = 512;  // an entry without its text
constexpr uint64_t kPathBytes = 160;   // a line of a read-set

uint64_t bytes_of(const PackedManifests& manifests) {
  uint64_t bytes = kEntryBytes + manifests.packed_bytes();
  for (const auto& [path, seen] : manifests.read_set().paths) {
    bytes += kPathBytes + path.str().size();
  }
  return bytes;
}

}  // namespace

void RenderCache::State::remove(Entries::iterator entry) {
  counts.bytes -= entry->bytes;
  const auto key = by_key.find(entry->key);
  std::erase(key->second, entry);
  if (key->second.empty()) by_key.erase(key);
  entries.erase(entry);
}

Result<std::shared_ptr<const PackedManifests>> RenderCache::lookup(const RenderRequest& request,
                                                                   const SourceTree& tree) {
  const std::string key = request.cache_key();
  const auto candidates = state_.with([&](State& state) {
    std::vector<std::shared_ptr<const PackedManifests>> out;
    const auto found = state.by_key.find(key);
    if (found == state.by_key.end()) return out;
    for (const Entries::iterator entry : found->second) out.push_back(entry->manifests);
    return out;
  });
  std::shared_ptr<const PackedManifests> hit;
  for (auto candidate = candidates.rbegin(); candidate != candidates.rend() && !hit; ++candidate) {
    if (TRY(holds((*candidate)->read_set(), tree))) hit = *candidate;
  }
  state_.with([&](State& state) {
    ++(hit ? state.counts.hits : state.counts.misses);
    const auto found = state.by_key.find(key);
    if (!hit || found == state.by_key.end()) return;
    auto& same_key = found->second;
    const auto at = std::find_if(same_key.begin(), same_key.end(),
                                 [&](const auto& entry) { return entry->manifests == hit; });
    if (at == same_key.end()) return;
    state.entries.splice(state.entries.begin(), state.entries, *at);
    std::rotate(at, at + 1, same_key.end());
  });
  return hit;
}

void RenderCache::insert(const RenderRequest& request,
                         std::shared_ptr<const PackedManifests> manifests) {
  const uint64_t bytes = bytes_of(*manifests);
  if (bytes > options_.max_bytes) return;
  const std::string key = request.cache_key();
  state_.with([&](State& state) {
    auto& same_key = state.by_key[key];
    const bool known = std::any_of(same_key.begin(), same_key.end(), [&](const auto& entry) {
      return entry->manifests->read_set() == manifests->read_set();
    });
    if (known) return;
    state.entries.push_front({key, std::move(manifests), bytes});
    same_key.push_back(state.entries.begin());
    state.counts.bytes += bytes;
    if (same_key.size() > options_.max_per_request) state.remove(same_key.front());
    while (state.counts.bytes > options_.max_bytes) state.remove(std::prev(state.entries.end()));
  });
}

Result<std::shared_ptr<const PackedManifests>> RenderCache::render(const SourceTree& tree,
                                                                   const RenderRequest& request,
                                                                   Budget& budget) {
  std::shared_ptr<const PackedManifests> known = TRY(lookup(request, tree));
  if (known) return known;
  auto manifests =
      std::make_shared<const PackedManifests>(TRY(plumb::render(tree, request, budget)));
  insert(request, manifests);
  return std::shared_ptr<const PackedManifests>(std::move(manifests));
}

RenderCache::Counts RenderCache::counts() const {
  return state_.with([](const State& state) {
    Counts counts = state.counts;
    counts.entries = state.entries.size();
    return counts;
  });
}

}  // namespace plumb
