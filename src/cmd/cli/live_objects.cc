#include "cmd/cli/live_objects.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "cmd/cli/cluster_access.h"
#include "core/health/health.h"
#include "edge/cluster/drift.h"

namespace plumb::cli {

namespace {

constexpr size_t kReaders = 8;

LiveObject record_of_live(const ObjectKey& key, const Value& body, const InventoryEntry* entry) {
  const DriftState drift = drift_state_of(body);
  LiveObject out;
  out.key = key;
  out.api_version = body.string_at({"apiVersion"});
  out.uid = body.string_at({"metadata", "uid"});
  out.resource_version = body.string_at({"metadata", "resourceVersion"});
  out.generation = body.integer_at({"metadata", "generation"}).value_or(0);
  out.deleting = body.find_path({"metadata", "deletionTimestamp"}) != nullptr;
  out.deletion = deletion_rules_of(body);
  out.owner.namespace_ = label_of(body, kAppNamespaceLabel);
  out.owner.name = label_of(body, kAppLabel);
  out.managed = drift.managed;
  out.projected = drift.projected;
  if (entry != nullptr) out.applied = entry->applied;
  out.health = assess(body);
  return out;
}

}  // namespace

Result<LiveObjects> read_live_objects(ClusterClient& client, const std::vector<ObjectKey>& keys,
                                      const Inventory& inventory) {
  std::vector<Result<std::optional<Value>>> found(keys.size(), std::optional<Value>());
  std::atomic<size_t> next{0};
  {
    std::vector<std::jthread> readers;
    for (size_t i = 0; i < std::min(kReaders, keys.size()); ++i) {
      readers.emplace_back([&] {
        for (size_t at = next++; at < keys.size(); at = next++) {
          found[at] = find_live(client, keys[at]);
        }
      });
    }
  }
  LiveObjects out;
  out.observed.catalog = client.catalog();
  for (size_t i = 0; i < keys.size(); ++i) {
    std::optional<Value> body = TRY(std::move(found[i]));
    out.observed.synced.insert(keys[i].group_kind());
    if (!body) continue;
    out.observed.objects.emplace(keys[i], record_of_live(keys[i], *body, inventory.find(keys[i])));
    out.bodies.emplace(keys[i], std::move(*body));
  }
  return out;
}

}  // namespace plumb::cli
