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

// Heals are told one by one, up to a limit; prunes in one line.
void tell_steps(std::vector<Notice>& out, const TurnRecord& turn) {
  size_t pruned = 0;
  size_t healed = 0;
  std::string names;
  for (const StepOutcome& step : turn.applied->steps) {
    // What changed nothing was no heal: a field that is ignored went over to another manager.
    const auto* outcome = std::get_if<AppliedOutcome>(&step.outcome);
    const bool applied = outcome != nullptr && outcome->changed;
    const bool heal = step.reason == StepReason::drifted || step.reason == StepReason::deleted_live;
    if (applied && heal && healed++ < kMaxNamed) out.push_back(heal_notice(step));
    if (std::holds_alternative<DeletedOutcome>(step.outcome)) {
      if (pruned++ < kMaxNamed) names += (names.empty() ? "" : ", ") + step.key.display();
    }
  }
  if (healed > kMaxNamed) {
    out.push_back({false, "Healed",
                   std::to_string(healed - kMaxNamed) + " more objects are restored",
                   std::nullopt});
  }
  if (pruned > 0) {
    if (pruned > kMaxNamed) names += " and " + std::to_string(pruned - kMaxNamed) + " more";
    out.push_back({false, "Pruned", "deleted " + names, std::nullopt});
  }
}

// Texts change from turn to turn ("back-off 20s", "back-off 40s"); the cause is what counts.
bool is_same_failure(const AppStatus& before, const AppStatus& after, const Condition& was,
                     const Condition& is) {
  if (was.status != is.status || was.reason != is.reason) return false;
  if (before.last_attempted_revision != after.last_attempted_revision) return false;
  if (before.problems.empty() || after.problems.empty()) {
    return before.problems.empty() == after.problems.empty();
  }
  const ObjectProblem& then = before.problems.front();
  const ObjectProblem& now = after.problems.front();
  return then.key == now.key && then.reason == now.reason;
}

// It has one revision behind it, and was not Ready at that before.
bool comes_to_its_first_revision(const AppStatus& before, const AppStatus& after) {
  if (before.last_applied_revision.empty()) return true;
  const Condition* moving = find_condition(before.conditions, "Reconciling");
  // What began to move after the revision was applied is a heal.
  return after.history.size() == 1 && moving != nullptr &&
         moving->last_transition <= after.history.front().applied_at;
}

void tell_drift(std::vector<Notice>& out, const AppStatus& before, const AppStatus& after,
                const TurnRecord& turn) {
  const Condition* is = find_condition(after.conditions, "Drifted");
  const Condition* was = find_condition(before.conditions, "Drifted");
  // heal: off asks for silence.
  if (is == nullptr || turn.spec.heal != HealMode::warn) return;
  if (was == nullptr || was->message != is->message) {
    out.push_back({true, "Drifted", is->message, std::nullopt});
  }
}

}  // namespace

std::vector<Notice> notices(const AppStatus& before, const AppStatus& after,
                            const TurnRecord& turn) {
  std::vector<Notice> out;
  if (turn.applied) tell_steps(out, turn);
  tell_drift(out, before, after, turn);
  for (const Step& step : turn.begun_fights) {
    out.push_back({true, "Fighting",
                   step.key.display() + " is changed again and again by " +
                       (step.rival.empty() ? "somebody" : step.rival) +
                       " and is restored with growing pauses: " + step.detail,
                   step.key});
  }
  const Condition* was = find_condition(before.conditions, "Ready");
  const Condition* is = find_condition(after.conditions, "Ready");
  if (is == nullptr) return out;
  if (was != nullptr && was->reason == "Suspended" && is->reason != "Suspended") {
    out.push_back({false, "Resumed", "the app is no longer suspended", std::nullopt});
  }
  if (is->status == "True") {
    const bool first = comes_to_its_first_revision(before, after);
    if (first || (was != nullptr && was->status == "False")) {
      std::string message = is->message;
      if (turn.desired_objects) message += ", " + count_text(*turn.desired_objects, "object");
      out.push_back({false, first ? "Applied" : "Recovered", std::move(message), std::nullopt});
    }
  } else if (is->status == "False" &&
             (was == nullptr || !is_same_failure(before, after, *was, *is))) {
    Notice notice{is->reason != "Suspended", is->reason, is->message, std::nullopt};
    if (!after.problems.empty() && notice.warning) notice.object = after.problems.front().key;
    out.push_back(std::move(notice));
  }
  return out;
}

}  // namespace plumb
