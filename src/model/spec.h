// What people declare: the specs of our custom resources (plumb.dev/v1alpha1), decoded. Values.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/ignore.h"
#include "model/object.h"
#include "model/overlay.h"
#include "model/rel_path.h"
#include "model/substitution.h"

namespace plumb {

inline constexpr const char* kApiGroup = "plumb.dev";
inline constexpr const char* kApiVersion = "v1alpha1";

// Which commit of a repository: at most one is set; precedence as in Flux: commit > name > semver >
// tag > branch.
struct RefSelector {
  std::string branch;  // "main"
  std::string tag;
  std::string semver;  // range over tags
  std::string commit;  // must be reachable from `branch` when that is set too
  std::string name;    // full ref name
  friend bool operator==(const RefSelector&, const RefSelector&) = default;
};

struct RepositorySpec {
  RepositoryKey key;
  int64_t generation = 0;
  std::string url;
  RefSelector ref;
  Duration interval = std::chrono::minutes(1);
  Duration timeout = std::chrono::seconds(60);
  std::string secret_ref;  // Secret in the same namespace: username+password, bearerToken, ca.crt,
                           // identity, known_hosts
  std::string webhook_secret_ref;  // Secret with key "token"; the webhook is off without it
  bool suspend = false;
  bool allow_rewind = false;   // accept a branch that does not descend from the last good revision
  std::string trust;           // "none" or "": see core/trust
  std::string sync_requested;  // value of kSyncRequestedAnnotation
  std::string shard_label;     // value of kShardLabel
  friend bool operator==(const RepositorySpec&, const RepositorySpec&) = default;
};

enum class HealMode { correct, warn, off };
enum class DeletionPolicy { prune, orphan };
// What is done of a revision of which the API server refuses some objects: the rest, or nothing.
enum class ApplyMode { best_effort, atomic };

// What writes the revert of a revision that does not become healthy: a Job of this image, given
// this Secret of the App's namespace as its environment.
struct RollbackSpec {
  std::string image;
  std::string secret;
  friend bool operator==(const RollbackSpec&, const RollbackSpec&) = default;
};

// Where the kubeconfig of the target cluster is: a key of a Secret in the App's namespace.
struct KubeconfigRef {
  std::string secret;
  std::string key;  // "": "value", else "value.yaml", as in Flux
  friend auto operator<=>(const KubeconfigRef&, const KubeconfigRef&) = default;
};

struct AppSpec {
  AppKey key;
  int64_t generation = 0;
  RepositoryKey repository;
  RelPath path;
  bool prune = true;
  HealMode heal = HealMode::correct;
  DeletionPolicy deletion_policy = DeletionPolicy::prune;
  ApplyMode apply = ApplyMode::best_effort;
  Duration interval = std::chrono::minutes(10);
  Duration retry_interval = std::chrono::seconds(30);
  Duration timeout = std::chrono::minutes(5);
  std::string target_namespace;
  std::string service_account;
  std::optional<KubeconfigRef> kubeconfig = std::nullopt;  // without: the operator's own cluster
  std::vector<AppKey> depends_on;
  Overlay overlay;
  Substitution substitution;                            // what stands in the App itself
  std::vector<VariableSource> substitute_from;          // a later one wins
  std::optional<RollbackSpec> rollback = std::nullopt;  // onUnhealthy
  std::vector<IgnoreRule> ignore;
  bool suspend = false;
  bool deleting = false;  // deletionTimestamp is set
  bool has_finalizer = false;
  std::string sync_requested;         // value of kSyncRequestedAnnotation
  std::string confirmed_prune;        // value of kConfirmPruneAnnotation
  std::string confirmed_target = {};  // value of kConfirmTargetAnnotation
  friend bool operator==(const AppSpec&, const AppSpec&) = default;
};

}  // namespace plumb
