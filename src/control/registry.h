// Registry: what the operator knows of its own custom resources: specs as last seen by the watches,
// the last good revision of each repository, the last accepted manifests and the status of each
// app, and which app claims which object. Entries are immutable values behind shared_ptr, replaced
// as a whole. Thread safe.
//
// The watch writes specs; the turn of a key writes the rest of its entry (one turn per key at a
// time).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "control/claims.h"
#include "control/published_status.h"
#include "core/plan/prepare.h"
#include "core/render/packed_manifests.h"
#include "core/render/render.h"
#include "core/trust/signature/verification_cache.h"
#include "core/trust/walk/freshness.h"
#include "edge/git/git_store.h"
#include "model/git.h"
#include "model/kept_status.h"
#include "model/packed_inventory.h"
#include "model/spec.h"
#include "model/status.h"

namespace plumb {

// A revision that passed verification, with its files.
struct GoodRevision {
  VerifiedRevision verified;
  std::shared_ptr<const SourceTree> tree;
};

// What the trust policy of a repository says of the revision in force, as time goes by.
struct TrustStanding {
  std::string policy;  // digest of its spec
  CommitId commit;
  std::optional<trust::FreshnessRule> rule;
  trust::Freshness freshness;
  std::vector<CommitId> doubtful;  // accepted, and signed by a compromised key
};

// What was fetched by a spec, and found no room for what its commits render to.
struct Unjudged {
  FetchResult fetched;
  int64_t generation = 0;  // of the spec
};

struct RepositoryEntry {
  RepositorySpec spec;
  std::string uid;
  RepositoryStatus status;                   // as published
  std::shared_ptr<const GoodRevision> good;  // null until the first fetch succeeded
  RefSelector good_selector;                 // that `good` was resolved by
  std::optional<TrustStanding> standing;     // none without a policy
  int failures = 0;                          // in a row
  std::shared_ptr<const Unjudged> unjudged;  // for the next turn, which comes soon
  // Used by the turn of this repository alone, and there is one at a time.
  std::shared_ptr<trust::VerificationCache> signatures =
      std::make_shared<trust::VerificationCache>();
};

// What an app's last complete plan was made of: a heal starts from here, and prepares the same
// manifests again.
struct Accepted {
  std::shared_ptr<const GoodRevision> revision;
  std::shared_ptr<const PackedManifests> rendered;
  RenderRequest request = {};                 // of `rendered`, with the variables of then
  std::shared_ptr<const ApiCatalog> catalog;  // that they were prepared with
  PrepareOptions options = {};                // and by
  int64_t generation = 0;                     // of the spec that they were rendered for
};

// How much of an app's status the server has.
struct Publication {
  PublishedStatus status;
  Fingerprint essence;                  // of what stands there
  std::optional<Monotonic> held_since;  // the newest one is not written yet (app_turn.cc says why)
  std::vector<Notice> untold;           // Events that wait for a status that could not be written
  uint64_t version = 0;                 // of the resource by our last write; 0: not known
};

struct AppEntry {
  AppSpec spec;
  std::string uid;
  // By its newest turn; may be ahead of what is published. Without its inventory, which is below.
  KeptStatus status;
  Publication published;
  PackedInventory inventory;                 // what the app has in the cluster
  uint64_t unconfirmed = 0;                  // version with claims that the watch did not tell yet
  std::shared_ptr<const Accepted> accepted;  // null until the first plan of this process
  // The connection (control/cluster.h) whose live store has the inventory's records; 0: none yet.
  uint64_t restored_in = 0;
  std::set<GroupKind> awaiting;  // kinds of it whose first list the app waits for
  int failures = 0;              // in a row
};

// An app that this shard does not work on, as its resource on the server has it.
struct Neighbour {
  std::shared_ptr<const AppEntry> app;
  std::string resource_version;  // "" until the watch told
  std::string shard;             // that works on it, by its status (ShardId::text); "" for none
};

struct TurnOutcome {
  CommitId commit;
  bool ready = false;
  friend bool operator==(const TurnOutcome&, const TurnOutcome&) = default;
};

// A resource that cannot be decoded. It is left as it is, with what it has in the cluster; only its
// status says why.
struct RefusedResource {
  Value status;  // as it stands on the server
  int64_t generation = 0;
  Error error;
};

class Registry {
 public:
  void refuse(const ObjectKey& resource, RefusedResource refused);
  void admit(const ObjectKey& resource);  // it can be decoded, or is gone
  [[nodiscard]] std::optional<RefusedResource> refused(const ObjectKey& resource) const;

  // Specs, from the watches. `status` is taken over only for a key that is new here.
  void put_repository(RepositorySpec spec, std::string uid, RepositoryStatus status);
  void remove_repository(const RepositoryKey& key);
  // True if the spec differs from the one known before (or is new).
  bool put_app(AppSpec spec, std::string uid, AppStatus status);
  // A status that the server shows at this version, while no turn of the app runs. True if it is
  // not what we published last: somebody else wrote it, and the next turn writes all that differs.
  bool put_foreign_status(const AppKey& key, uint64_t version, const Value& status);
  // The apps that want something the app leaves behind.
  std::set<AppKey> remove_app(const AppKey& key);

  [[nodiscard]] std::shared_ptr<const RepositoryEntry> repository(const RepositoryKey& key) const;
  [[nodiscard]] std::shared_ptr<const AppEntry> app(const AppKey& key) const;
  [[nodiscard]] std::vector<AppKey> apps_of(const RepositoryKey& key) const;
  [[nodiscard]] std::vector<AppKey> apps() const;
  // Ours or a neighbour, for what dependsOn needs of it.
  [[nodiscard]] std::shared_ptr<const AppEntry> any_app(const AppKey& key) const;
  [[nodiscard]] std::vector<RepositoryKey> repositories() const;
  [[nodiscard]] std::vector<AppKey> apps_awaiting(uint64_t connection, const GroupKind& kind) const;
  // Repositories that use this Secret.
  [[nodiscard]] std::vector<RepositoryKey> repositories_with_secret(
      const NamespacedName& name) const;

  // Changes one entry in place under the lock; nothing if the key is gone.
  template <class F>
  void update_repository(const RepositoryKey& key, F&& change) {
    MutexLock lock(mutex_);
    replace(repositories_, key, std::forward<F>(change));
  }
  template <class F>
  void update_app(const AppKey& key, F&& change) {
    MutexLock lock(mutex_);
    replace(apps_, key, std::forward<F>(change));
  }

  // Of several shards: what the watch of Apps tells, in its order. See control/app_shard.h.
  struct Seen {
    bool ours = false;            // an app of ours; false: a neighbour
    bool changed = false;         // its spec
    std::set<AppKey> woken = {};  // apps of ours that wait for what changed
  };
  [[nodiscard]] Seen see_app(AppSpec spec, const std::string& uid, AppStatus status,
                             const std::string& resource_version, const std::string& shard);
  // Between them the order of events is not that of the writes: what they tell of apps of ours is
  // confirmed at the end.
  void begin_list();
  void end_list(const std::string& resource_version);
  [[nodiscard]] std::optional<Neighbour> neighbour(const AppKey& key) const;
  // A neighbour becomes ours, unless it changed since that version. What the crash of a shard left
  // in two inventories is settled: its inventory has what it has a record of, or nobody else has.
  [[nodiscard]] bool take(const AppKey& key, const std::string& resource_version);
  // Ours becomes a neighbour, which `shard` still has by its status.
  void let_go(const AppKey& key, const std::string& shard);
  [[nodiscard]] std::vector<AppKey> apps_naming(const RepositoryKey& key) const;
  // Replaced as a whole: nothing of it is remembered here.
  void put_foreign_repository(RepositorySpec spec, std::string uid, RepositoryStatus status);
  // Blocks until the watch told everything up to this version; false: not in time, or it is 0.
  [[nodiscard]] bool await_version(uint64_t version, Deadline deadline) EXCLUDES(mutex_);
  void end_waits() EXCLUDES(mutex_);  // for an end in time
  [[nodiscard]] std::map<ObjectKey, AppKey> hold(const AppKey& app, const Inventory& inventory);

  // See control/claims.h.
  [[nodiscard]] std::map<ObjectKey, AppKey> claim(const AppKey& app, const ClusterId& cluster,
                                                  const std::vector<ObjectKey>& keys);
  [[nodiscard]] std::map<ObjectKey, AppKey> wanted_of(const AppKey& app) const;
  std::set<AppKey> keep_claims(const AppKey& app, const Inventory& inventory);
  [[nodiscard]] std::optional<AppKey> owner_of(const ClusterId& cluster,
                                               const ObjectKey& key) const;

  // For dependsOn: what became of the app's last whole turn. True if that is new.
  [[nodiscard]] bool note_outcome(const AppKey& key, const TurnOutcome& outcome);
  // At the newest commit of the app's repository; nullopt before its turn.
  [[nodiscard]] std::optional<bool> ready_at_newest(const AppKey& key) const;
  [[nodiscard]] std::set<AppKey> dependents_of(const AppKey& key) const;

  // An object may move from one app to another within a commit: nothing is pruned for a commit
  // before every app of the repository has claimed what it wants of it (or failed to render it).
  void claimed_at(const AppKey& app, const CommitId& commit);
  [[nodiscard]] bool must_wait_for_claims(const AppKey& app, const CommitId& commit);
  // The apps that waited, once there is nothing left to wait for.
  [[nodiscard]] std::set<AppKey> end_wait_for_claims(const RepositoryKey& key);

 private:
  template <class Key, class Entry, class F>
  static void replace(std::map<Key, std::shared_ptr<const Entry>>& entries, const Key& key,
                      F&& change) {
    const auto at = entries.find(key);
    if (at == entries.end()) return;
    auto copy = std::make_shared<Entry>(*at->second);
    std::forward<F>(change)(*copy);
    at->second = std::move(copy);
  }
  void index_dependencies(const AppKey& app, const std::vector<AppKey>& before,
                          const std::vector<AppKey>& after) REQUIRES(mutex_);
  [[nodiscard]] bool all_claimed(const RepositoryKey& key, const CommitId& commit) const
      REQUIRES(mutex_);
  std::set<AppKey> put_neighbour(AppSpec spec, const std::string& uid, AppStatus status,
                                 const std::string& resource_version, const std::string& shard)
      REQUIRES(mutex_);
  [[nodiscard]] std::set<AppKey> forget_app(const AppKey& key) REQUIRES(mutex_);
  [[nodiscard]] Inventory settled_inventory(const AppKey& key, const Inventory& stored)
      REQUIRES(mutex_);
  [[nodiscard]] bool has_record(const AppKey& app, const ObjectKey& object) const REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::map<RepositoryKey, std::shared_ptr<const RepositoryEntry>> repositories_ GUARDED_BY(mutex_);
  std::map<AppKey, std::shared_ptr<const AppEntry>> apps_ GUARDED_BY(mutex_);
  std::map<AppKey, Neighbour> neighbours_ GUARDED_BY(mutex_);
  bool listing_ GUARDED_BY(mutex_) = false;
  std::map<AppKey, Inventory> unconfirmed_ GUARDED_BY(mutex_);  // of a list that goes on
  uint64_t seen_version_ GUARDED_BY(mutex_) = 0;
  bool waits_ended_ GUARDED_BY(mutex_) = false;
  CondVar seen_more_;
  std::map<RepositoryKey, std::set<AppKey>> by_repository_ GUARDED_BY(mutex_);
  std::map<ObjectKey, RefusedResource> refused_ GUARDED_BY(mutex_);
  Claims claims_ GUARDED_BY(mutex_);
  std::map<AppKey, CommitId> claimed_at_ GUARDED_BY(mutex_);
  std::map<AppKey, TurnOutcome> outcomes_ GUARDED_BY(mutex_);
  std::map<AppKey, std::set<AppKey>> dependents_ GUARDED_BY(mutex_);
  std::map<RepositoryKey, std::set<AppKey>> waiting_for_claims_ GUARDED_BY(mutex_);
};

}  // namespace plumb
