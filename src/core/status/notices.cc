#include "core/status/notices.h"

#include "core/status/conditions.h"

namespace plumb {
namespace {

constexpr size_t kMaxNamed = 10;  // objects named in one message

std::string count_text(size_t n, const char* what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

Notice heal_notice(const StepOutcome& step) {
  const bool recreated = step.reason == StepReason::deleted_live;
  std::string message =
      step.key.display() + (recreated ? " was deleted in the cluster and is restored"
                                      : " was changed in the cluster and is restored");
  if (!step.detail.empty()) message += ": " + step.detail;
  return {false, "Healed", std::move(message), step.key};
}

// Heals are told one by one; prunes in one line.
void tell_steps(std::vector<Notice>& out, const TurnRecord& turn) {
  size_t pruned = 0;
  std::string names;
  for (const StepOutcome& step : turn.applied->steps) {
    const bool applied = std::holds_alternative<AppliedOutcome>(step.outcome);
    const bool healed =
        step.reason == StepReason::drifted || step.reason == StepReason::deleted_live;
    if (applied && healed) out.push_back(heal_notice(step));
    if (std::holds_alternative<DeletedOutcome>(step.outcome)) {
      if (pruned++ < kMaxNamed) names += (names.empty() ? "" : ", ") + step.key.display();
    }
  }
  if (pruned > 0) {
    if (pruned > kMaxNamed) names += " and " + std::to_string(pruned - kMaxNamed) + " more";
    out.push_back({false, "Pruned", "deleted " + names, std::nullopt});
  }
}

}  // namespace

std::vector<Notice> notices(const AppStatus& before, const AppStatus& after,
                            const TurnRecord& turn) {
  std::vector<Notice> out;
  if (turn.applied) tell_steps(out, turn);
  const Condition* was = find_condition(before.conditions, "Ready");
  const Condition* is = find_condition(after.conditions, "Ready");
  if (is == nullptr) return out;
  if (is->status == "True") {
    const bool moved = before.last_applied_revision != after.last_applied_revision;
    const bool recovered = was == nullptr || was->status != "True";
    if (moved || recovered) {
      std::string message = is->message;
      if (turn.desired_objects) message += ", " + count_text(*turn.desired_objects, "object");
      out.push_back({false, moved ? "Applied" : "Recovered", std::move(message), std::nullopt});
    }
  } else if (is->status == "False" &&
             (was == nullptr || was->reason != is->reason || was->message != is->message)) {
    out.push_back({is->reason != "Suspended", is->reason, is->message, std::nullopt});
  }
  return out;
}

}  // namespace plumb
