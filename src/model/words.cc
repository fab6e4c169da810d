// The texts of the model's enumerations.
#include "model/health.h"
#include "model/plan.h"
#include "model/status.h"

namespace plumb {

const char* to_string(HealthStatus status) {
  switch (status) {
    case HealthStatus::current:
      return "Current";
    case HealthStatus::in_progress:
      return "InProgress";
    case HealthStatus::failed:
      return "Failed";
    case HealthStatus::terminating:
      return "Terminating";
    case HealthStatus::missing:
      return "NotFound";
    case HealthStatus::unknown:
      return "Unknown";
  }
  return "";
}

const char* to_string(StepReason reason) {
  switch (reason) {
    case StepReason::created:
      return "Created";
    case StepReason::changed:
      return "Changed";
    case StepReason::drifted:
      return "Drifted";
    case StepReason::deleted_live:
      return "DeletedInCluster";
    case StepReason::adopted:
      return "Adopted";
    case StepReason::unconfirmed:
      return "Unconfirmed";
    case StepReason::left_source:
      return "LeftSource";
    case StepReason::app_deleted:
      return "AppDeleted";
    case StepReason::unchanged:
      return "Unchanged";
    case StepReason::foreign_owner:
      return "OwnedByAnotherApp";
    case StepReason::protected_:
      return "Protected";
    case StepReason::fought:
      return "Fought";
    case StepReason::yielded:
      return "Yielded";
    case StepReason::heal_disabled:
      return "HealDisabled";
    case StepReason::not_served:
      return "KindNotServed";
    case StepReason::not_observed:
      return "NotObserved";
  }
  return "";
}

const char* to_string(Stage stage) {
  switch (stage) {
    case Stage::dependencies:
      return "dependencies";
    case Stage::fetch:
      return "fetch";
    case Stage::verify:
      return "verify";
    case Stage::target:
      return "target";
    case Stage::render:
      return "render";
    case Stage::observe:
      return "observe";
    case Stage::plan:
      return "plan";
    case Stage::record:
      return "record";
    case Stage::apply:
      return "apply";
    case Stage::assess:
      return "assess";
    case Stage::prune:
      return "prune";
  }
  return "";
}

}  // namespace plumb
