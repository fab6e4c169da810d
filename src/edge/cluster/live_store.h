// LiveStore: what is in the cluster of the objects we manage, and whether it is still what we
// applied.
//
// Watches each managed kind in all namespaces, with kAppLabel as selector, and keeps one compact
// record per object (about 120 bytes; never a body). Thread safe. on_change runs on the network
// thread or on the thread that called apply: it must be quick, must not block, and must not call
// back into the store (put the key into a queue). Drift is decided by drift.h: an event of a change
// that keeps our fields costs no request and no callback, but for health.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "edge/cluster/cluster_client.h"
#include "model/inventory.h"
#include "model/observed.h"

namespace plumb {

struct LiveChange {
  enum class Kind {
    synced_kind,     // the list of a kind is complete; app is empty and key has only group and kind
    appeared,        // an object with our label that we did not just apply
    drifted,         // somebody changed what we applied
    deleted,         // gone, or its label was taken off; apply creates or relabels it
    gone,            // what was released or deleted on purpose is not there any more
    health_changed,  // health changed, to something else than current
    settled,         // health became current
  };
  AppKey app;
  ObjectKey key;
  Kind kind = Kind::appeared;
};

struct LiveStoreOptions {
  std::function<Health(const Value&)> assess_health;
  std::function<void(const LiveChange&)> on_change;
  // A watch was interrupted; it will be tried again. On the network thread.
  std::function<void(const Error&)> on_interrupted = {};
  Log log = {};
  bool streaming_list = true;  // WatchList first; false: paged LIST
  // How long discovery goes on for a kind that is not served, after it was asked for last.
  Duration look_for_kinds = std::chrono::minutes(2);
};

struct LiveApplied {
  Value response;
  ApplyRecord record;
  bool changed = false;    // resourceVersion differs from the one known before, or was not known
  bool recreated = false;  // another uid than the one known before
};

class LiveStore {
 public:
  LiveStore(ClusterClient& client, LiveStoreOptions options);
  ~LiveStore();
  LiveStore(const LiveStore&) = delete;
  LiveStore& operator=(const LiveStore&) = delete;

  // Starts the watch of the kind (any version; the first asked for is used) if there is none.
  // A kind that is not served yet is waited for, as long as it is asked for now and then.
  void manage(const GroupVersionKind& gvk);
  // Asks discovery again soon (a CRD was applied); waiting kinds start as soon as they are served.
  void refresh_catalog();
  // The records of an app's inventory after a restart; before or after the kinds are synced.
  void restore(const Inventory& inventory);

  // Server-side apply with the bookkeeping around it: an event that overtakes the answer is not
  // taken for drift, the answer becomes the record. `desired` is D of the body. Not for dry runs.
  void apply(const AppKey& app, const ApiResource& resource, const ObjectKey& key,
             const Value& body, const Fingerprint& desired, ApplyOptions options,
             std::function<void(Result<LiveApplied>)> done);
  [[nodiscard]] Result<LiveApplied> apply(const AppKey& app, const ApiResource& resource,
                                          const ObjectKey& key, const Value& body,
                                          const Fingerprint& desired, ApplyOptions options = {});
  // The parts of it, for callers who send the request themselves: `applying`, then one of the
  // other two.
  void applying(const ObjectKey& key);
  void applied(const AppKey& app, const ObjectKey& key, const Value& response,
               const ApplyRecord& record);
  void apply_failed(const ObjectKey& key);

  // Drops the record of our apply: the object was released or deleted on purpose, so that its
  // deletion is no drift.
  void forget(const ObjectKey& key);

  // One consistent look at these objects.
  [[nodiscard]] Observed observe(const std::vector<ObjectKey>& keys) const;
  // Keys of all objects whose labels name the app.
  [[nodiscard]] std::vector<ObjectKey> objects_of(const AppKey& app) const;
  [[nodiscard]] bool synced(const GroupKind& kind) const;
  // What the server says where it does not let us list the kind; the watch goes on trying. When
  // that is found out, and when it ends, synced_kind is announced.
  [[nodiscard]] std::optional<Error> blind(const GroupKind& kind) const;
  [[nodiscard]] std::map<AppKey, size_t> counts() const;
  [[nodiscard]] size_t objects() const;

 private:
  class Store;
  std::unique_ptr<Store> store_;
};

}  // namespace plumb
