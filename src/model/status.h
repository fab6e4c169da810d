// TurnRecord is what happened in one turn; AppStatus is the fold over it that is published on the
// custom resource. Conditions follow kstatus: Ready, plus Reconciling and Stalled only while true.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/applied.h"
#include "model/git.h"
#include "model/health.h"
#include "model/inventory.h"
#include "model/spec.h"

namespace plumb {

struct Condition {
  std::string type;    // "Ready"
  std::string status;  // "True" | "False" | "Unknown"
  std::string reason;  // CamelCase, listed in docs/errors.md or core/status
  std::string message;
  WallTime last_transition{};
  int64_t observed_generation = 0;
  friend bool operator==(const Condition&, const Condition&) = default;
};

// The stage of the one-way flow a turn stopped at.
enum class Stage {
  dependencies,
  fetch,
  verify,
  target,
  render,
  observe,
  plan,
  record,
  apply,
  assess,
  prune
};
[[nodiscard]] const char* to_string(Stage stage);

struct StageError {
  Stage stage;
  Error error;
};

struct TurnRecord {
  AppSpec spec;
  WallTime started{};
  WallTime finished{};
  bool whole_app = true;                  // false: a heal of some objects
  std::optional<Revision> revision;       // that the turn worked towards
  std::string policy;                     // trust policy it was verified under; "none"
  std::string signer;                     // of the revision's commit; "" where none is known
  std::vector<Grant> grants;              // likewise
  std::string manifests;                  // what they are: core/plan/prepare.h; "" where not known
  std::optional<size_t> desired_objects;  // count of the manifests
  std::optional<Applied> applied;
  std::optional<HealthReport> health;
  std::vector<Step> refused;   // RefuseAction and held prunes: they need a person
  std::vector<Step> unhealed;  // drift that is left as it is, by the app's heal mode or for a while
  std::vector<Step> begun_fights;  // of those: held back for the first time
  std::vector<Warning> warnings;
  std::optional<StageError> stopped;  // the turn ended early
  std::string waiting_for;            // health, a dependency, a wave; "" if nothing
  bool all_applied = false;           // every manifest of `revision` is in the cluster as written
  Inventory inventory;                // after the turn
  Inventory left = {};  // in the cluster that the app was in before: released by a person's word
};

struct HistoryEntry {  // one revision that was applied completely, newest first
  std::string revision;
  std::string author;
  std::string subject;
  std::string signer = {};         // principal; "" without a trust policy
  std::vector<Grant> grants = {};  // rules that allowed the commit, with who approved
  WallTime applied_at{};
  int64_t duration_ms = 0;
  int changed = 0;
  int pruned = 0;
  std::vector<std::string> objects = {};  // "Deployment/web" of those; at most 20
  // The best that the app came to at it: "Current" once it was healthy, whatever it is now.
  std::string health = {};
  std::string manifests = {};  // as of TurnRecord; later revisions may have the same

  [[nodiscard]] bool was_healthy() const { return health == to_string(HealthStatus::current); }
  friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

struct ObjectProblem {  // an object that keeps the app from being Ready
  ObjectKey key;
  std::string reason;
  std::string message;
  std::string position;  // "apps/web/deployment.yaml:12"
  WallTime since{};
  friend bool operator==(const ObjectProblem&, const ObjectProblem&) = default;
};

struct RollbackNote {    // the last rollback that was ordered
  std::string revision;  // that is taken back, of several with the same manifests the first
  std::string to;        // a commit
  std::string job;
  friend bool operator==(const RollbackNote&, const RollbackNote&) = default;
};

struct AppStatus {
  int64_t observed_generation = 0;
  std::vector<Condition> conditions;
  std::string last_attempted_revision;
  std::string last_attempted_manifests;  // as of TurnRecord
  std::string last_attempted_from;       // the first revision that had these manifests
  WallTime last_attempted_since{};       // they are in the cluster, so far as their waves let them
  std::string last_applied_revision;
  std::string last_handled_sync;        // the sync_requested value that was acted on
  std::string applied;                  // "14/14", for the printer column
  std::string health;                   // worst health, for the printer column
  std::vector<ObjectProblem> problems;  // at most 20
  // All that another app has: who lets go of such an object hands it over, and deletes what nobody
  // wants. Of an app in another shard this is all that is known of that.
  std::vector<ObjectKey> wanted;
  // Of the source and the spec: "what (file:line)"; at most 20.
  std::vector<std::string> warnings;
  std::vector<HistoryEntry> history;  // at most 10
  RollbackNote rollback;
  Inventory inventory;
  friend bool operator==(const AppStatus&, const AppStatus&) = default;
};

struct RepositoryStatus {
  int64_t observed_generation = 0;
  std::vector<Condition> conditions;
  std::string revision;  // last good one, display form
  std::string commit;
  std::string ref;
  std::string last_handled_sync;
  friend bool operator==(const RepositoryStatus&, const RepositoryStatus&) = default;
};

// A Kubernetes Event to be recorded: transitions only.
struct Notice {
  bool warning = false;
  std::string reason;
  std::string message;
  std::optional<ObjectKey> object;  // the object it is about, beside the app
};

}  // namespace plumb
