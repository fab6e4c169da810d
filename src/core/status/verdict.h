// Verdict: what a turn means for the condition Ready. Internal to core/status; pure.
#pragma once

#include <string>

#include "model/status.h"

namespace plumb {

struct Verdict {
  std::string status;  // of Ready
  std::string reason;
  std::string message;
  bool moving = false;   // Reconciling
  bool stalled = false;  // only a change helps
};

// `out` has the problems and the counts of the turn already.
[[nodiscard]] Verdict judge(const TurnRecord& turn, const AppStatus& out,
                            const AppStatus& previous);

// The step was there for an object of the source, not for one that left it.
[[nodiscard]] bool is_wanted(StepReason reason);
[[nodiscard]] bool has_failures(const TurnRecord& turn);
// Every manifest of the turn's revision is in the cluster as written; prunes may be open.
// Something of the revision could not be applied, or must not be.
[[nodiscard]] bool lacks_wanted(const TurnRecord& turn);
[[nodiscard]] bool is_everything_applied(const TurnRecord& turn);

}  // namespace plumb
