#include "control/app_shard.h"

#include <algorithm>

#include "control/publish.h"
#include "control/reference_store.h"
#include "control/target_clusters.h"
#include "core/spec/shard.h"
#include "core/status/app_status.h"
#include "core/status/status_json.h"

namespace plumb {
namespace {

constexpr Duration kRetry = std::chrono::seconds(2);
// The watch tells within milliseconds; a stream that was lost is there again within seconds.
constexpr Duration kConfirmWithin = std::chrono::seconds(20);

// Fails with kObjectConflict if the App changed since that version.
Result<void> write_shard(World& world, const AppKey& key, const Value& shard,
                         const std::string& resource_version) {
  const Value body = Value::map({{"metadata", Value::map({{"resourceVersion", resource_version}})},
                                 {"status", Value::map({{"shard", shard}})}});
  TRY(world.client.patch_status(kAppResource, object_key(key), body,
                                Deadline::in(std::chrono::seconds(30))));
  return {};
}

void try_again(World& world, const AppKey& key) {
  world.app_queue.add_at(key, std::chrono::steady_clock::now() +
                                  std::chrono::duration_cast<Monotonic::duration>(kRetry));
}

// The last that is written of an App by a shard whose it is not any more. Looked at first: what
// this shard remembers may be older than that another one took it.
Result<void> write_release(World& world, const AppKey& key) {
  const Value app =
      TRY(world.client.get(kAppResource, object_key(key), Deadline::in(std::chrono::seconds(30))));
  if (app.string_at({"status", "shard"}) != world.shard.text()) return {};
  TRY(write_shard(world, key, Value(), app.string_at({"metadata", "resourceVersion"})));
  world.log.info("app left to another shard", {{"app", key.display()}});
  return {};
}

void release(World& world, const AppKey& key) {
  const Result<void> written = write_release(world, key);
  if (written || written.error().code() == kObjectNotFound) return;
  world.log.warn("app not left to another shard",
                 {{"app", key.display()}, {"error", written.error().summary()}});
  try_again(world, key);
}

// Another shard of the same division has it, and will let go of it. One of another division is
// gone: its Lease of the division ended before ours began (control/shard_election.h).
bool is_held_by_another(const World& world, const std::string& shard) {
  return shard != world.shard.text() && shard.ends_with("/" + std::to_string(world.shard.count));
}

}  // namespace

bool is_ours(const World& world, const RepositoryKey& repository) {
  if (world.shard.is_all()) return true;
  const std::shared_ptr<const RepositoryEntry> entry = world.registry.repository(repository);
  return shard_of(repository, entry ? entry->spec.shard_label : "", world.shard.count) ==
         world.shard.index;
}

namespace {

// Among several shards: whether the app is ours from now on.
bool settle_shard(World& world, const AppKey& key) {
  if (const std::shared_ptr<const AppEntry> app = world.registry.app(key)) {
    if (is_ours(world, app->spec.repository)) return true;
    // What was applied is no memory of ours any more: it may be another's when the App comes back.
    const std::shared_ptr<const Cluster> cluster = cluster_of(world, app->spec);
    const Inventory inventory = cluster ? app->inventory.unpack() : Inventory();
    for (const InventoryEntry& entry : inventory.entries()) cluster->live.forget(entry.key);
    world.references.forget(key);
    world.targets.forget(key);
    world.registry.let_go(key, world.shard.text());
    release(world, key);
    return false;
  }
  const std::optional<Neighbour> neighbour = world.registry.neighbour(key);
  if (!neighbour) return false;
  const bool marked = neighbour->shard == world.shard.text();
  if (!is_ours(world, neighbour->app->spec.repository)) {
    if (marked) release(world, key);
    return false;
  }
  // Without a version it was let go of just now, and the watch has not told that yet.
  const std::string& version = neighbour->resource_version;
  if (version.empty() || is_held_by_another(world, neighbour->shard)) return false;
  if (marked) return world.registry.take(key, version);
  const Result<void> written = write_shard(world, key, Value(world.shard.text()), version);
  if (written) return world.registry.take(key, version);
  // What changed it is an event that brings the next turn.
  const ErrorCode code = written.error().code();
  if (code == kObjectConflict || code == kObjectNotFound) return false;
  world.log.warn("app not taken", {{"app", key.display()}, {"error", written.error().summary()}});
  try_again(world, key);
  return false;
}

}  // namespace

std::shared_ptr<const AppEntry> settled_app(World& world, const AppKey& key) {
  const bool ours = world.shard.is_all() || settle_shard(world, key);
  return ours ? world.registry.app(key) : nullptr;
}

Result<void> confirm_claims(World& world, const AppEntry& app, const AppStatus& intended,
                            uint64_t version) {
  if (world.shard.is_all()) return {};
  const AppKey& key = app.spec.key;
  const uint64_t awaited = version == 0 ? app.unconfirmed : version;
  if (!world.registry.await_version(awaited, Deadline::in(kConfirmWithin))) {
    world.registry.update_app(key, [&](AppEntry& entry) { entry.unconfirmed = awaited; });
    return Error(kClaimNotConfirmed,
                 "the watch of Apps did not tell what was written, so nothing was applied",
                 Retry::transient);
  }
  if (app.unconfirmed != 0) {
    world.registry.update_app(key, [](AppEntry& entry) { entry.unconfirmed = 0; });
  }
  const std::map<ObjectKey, AppKey> others = world.registry.hold(key, intended.inventory);
  std::vector<InventoryEntry> kept;
  for (const InventoryEntry& entry : intended.inventory.entries()) {
    if (!others.contains(entry.key) || entry.applied) kept.push_back(entry);
  }
  if (kept.size() == intended.inventory.size()) return {};
  world.log.info("another App was first", {{"app", key.display()}, {"objects", others.size()}});
  AppStatus status = intended;
  status.inventory = Inventory(std::move(kept), intended.inventory.cluster());
  const Value value = to_value(status);
  const Result<uint64_t> written = publish_status(world, kAppResource, object_key(key),
                                                  PublishedStatus(to_value(intended)), value);
  world.registry.update_app(key, [&](AppEntry& entry) {
    entry.inventory = PackedInventory(status.inventory);
    if (!written) {  // the next turn takes it back
      entry.unconfirmed = awaited;
      return;
    }
    entry.published.status = PublishedStatus(value);
    entry.published.version = std::max(entry.published.version, *written);
    entry.published.essence = essence_of(status);
  });
  return Error(kClaimLost, "another App was first", Retry::conflict);
}

}  // namespace plumb
