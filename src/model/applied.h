// Applied: what became of the steps of a plan. Values.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "model/observed.h"
#include "model/plan.h"

namespace plumb {

struct AppliedOutcome {  // the server accepted the body
  ApplyRecord record;
  std::string version;
  bool changed = false;  // resourceVersion moved
  bool recreated = false;
};
struct DeletedOutcome {  // the server confirmed that it is gone
};
struct DeletingOutcome {  // accepted; finalizers hold it: stays in the inventory
  std::vector<std::string> finalizers;
};
struct ReleasedOutcome {};
struct FailedOutcome {
  Error error;
};
struct SkippedOutcome {  // an earlier wave failed or is not healthy yet, or a newer commit came
  std::string why;
};
using Outcome = std::variant<AppliedOutcome, DeletedOutcome, DeletingOutcome, ReleasedOutcome,
                             FailedOutcome, SkippedOutcome>;

struct StepOutcome {
  ObjectKey key;
  StepReason reason;
  Outcome outcome;
  Position position;        // where the object is written; empty for deletions
  std::string detail = {};  // of the step: "spec.replicas taken by kubectl-edit"
  std::string rival = {};   // of the step
};

struct Applied {
  std::vector<StepOutcome> steps;
};

}  // namespace plumb
