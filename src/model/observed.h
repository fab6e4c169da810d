// Observed: one consistent look at the live state of the objects of one app, taken from the live
// store.
//
// ApplyRecord and LiveObject carry the drift test of ARCHITECTURE.md: D is the hash of the body we
// sent, S the hash of our manager's fieldsV1, P the hash of the live object projected on that set;
// all three as of our last apply. The object is in sync with a body of hash d exactly when uid is
// the same and D = d and S and P still hold. Values; a snapshot never changes.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "model/health.h"
#include "model/object.h"

namespace plumb {

struct ApplyRecord {
  std::string uid;
  Fingerprint desired;    // D
  Fingerprint managed;    // S
  Fingerprint projected;  // P

  friend bool operator==(const ApplyRecord&, const ApplyRecord&) = default;
};

struct LiveObject {
  ObjectKey key;
  std::string api_version;
  std::string uid;
  std::string resource_version;
  int64_t generation = 0;
  bool deleting = false;
  DeletionRules deletion;               // by annotations of the live object
  std::vector<std::string> finalizers;  // only while deleting
  AppKey owner;                         // by our labels; empty for an object without them
  Fingerprint managed;                  // S now
  Fingerprint projected;                // P now
  std::optional<ApplyRecord> applied;   // as of our last apply, kept over restarts in the inventory
  Health health;

  // Nothing to do for a body whose hash is `desired`.
  [[nodiscard]] bool in_sync(const Fingerprint& desired) const {
    return applied && !deleting && applied->uid == uid && applied->desired == desired &&
           applied->managed == managed && applied->projected == projected;
  }
  // Changed by somebody else since our last apply.
  [[nodiscard]] bool drifted() const {
    return applied &&
           (applied->uid != uid || applied->managed != managed || applied->projected != projected);
  }
};

// Who took what: other managers that now cover paths we lost, for events and `plumb why`.
struct DriftBlame {
  std::vector<std::string> managers;  // "kubectl-edit"
  std::vector<std::string> paths;     // "spec.replicas"
};

struct ApiResource {
  GroupVersionKind gvk;
  std::string plural;  // "deployments"
  bool namespaced = true;
};

// What the cluster serves. Groups whose discovery failed are in `partial`: of them nothing may be
// concluded.
struct ApiCatalog {
  std::map<GroupVersionKind, ApiResource> resources;
  std::set<std::string> partial;

  [[nodiscard]] const ApiResource* find(const GroupVersionKind& gvk) const {
    const auto at = resources.find(gvk);
    return at == resources.end() ? nullptr : &at->second;
  }
  // Any version of a kind; the preferred one is listed first by discovery order in `preferred`.
  [[nodiscard]] const ApiResource* find_any(const GroupKind& kind) const {
    const auto at = preferred.find(kind);
    return at == preferred.end() ? nullptr : find(at->second);
  }
  std::map<GroupKind, GroupVersionKind> preferred;
};

struct Observed {
  std::shared_ptr<const ApiCatalog> catalog;
  std::map<ObjectKey, LiveObject> objects;
  std::map<ObjectKey, DriftBlame> blame;  // of drifted objects
  // Kinds whose complete list was seen since this process started. Of others absence means nothing:
  // no prune.
  std::set<GroupKind> synced;
  // Kinds that the operator may not list, with what the server says. Of them nothing is known.
  std::map<GroupKind, Error> blind;

  [[nodiscard]] const LiveObject* find(const ObjectKey& key) const {
    const auto at = objects.find(key);
    return at == objects.end() ? nullptr : &at->second;
  }
};

}  // namespace plumb
