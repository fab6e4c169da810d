#include "core/status/notices.h"

#include <algorithm>

#include "core/status/attempt.h"
#include "core/status/conditions.h"

namespace plumb {
namespace {

constexpr size_t kMaxNamed = 10;  // objects named in one message

std::string count_text(size_t n, const char* what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

// As many as one message holds, and how many more there are.
std::string names_of(const std::vector<ObjectKey>& keys) {
  std::string out;
  for (size_t i = 0; i < std::min(keys.size(), kMaxNamed); ++i) {
    out += (i == 0 ? "" : ", ") + keys[i].display();
  }
  if (keys.size() > kMaxNamed) out += " and " + std::to_string(keys.size() - kMaxNamed) + " more";
  return out;
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
  size_t healed = 0;
  std::vector<ObjectKey> pruned;
  for (const StepOutcome& step : turn.applied->steps) {
    // What changed nothing was no heal: a field that is ignored went over to another manager.
    const auto* outcome = std::get_if<AppliedOutcome>(&step.outcome);
    const bool applied = outcome != nullptr && outcome->changed;
    const bool heal = step.reason == StepReason::drifted || step.reason == StepReason::deleted_live;
    if (applied && heal && healed++ < kMaxNamed) out.push_back(heal_notice(step));
    if (std::holds_alternative<DeletedOutcome>(step.outcome)) pruned.push_back(step.key);
  }
  if (healed > kMaxNamed) {
    out.push_back({false, "Healed",
                   std::to_string(healed - kMaxNamed) + " more objects are restored",
                   std::nullopt});
  }
  if (!pruned.empty()) {
    out.push_back({false, "Pruned", "deleted " + names_of(pruned), std::nullopt});
  }
}

// Texts change from turn to turn ("back-off 20s", "back-off 40s"); the cause is what counts.
bool is_same_failure(const AppStatus& before, const AppStatus& after, const Condition& was,
                     const Condition& is) {
  if (was.status != is.status || was.reason != is.reason) return false;
  if (!is_same_attempt(before, after)) return false;
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

// Those that were not there before.
void tell_warnings(std::vector<Notice>& out, const AppStatus& before, const AppStatus& after) {
  std::string message;
  for (const std::string& one : after.warnings) {
    const auto& known = before.warnings;
    if (std::find(known.begin(), known.end(), one) != known.end()) continue;
    message += (message.empty() ? "" : "; ") + one;
  }
  if (!message.empty()) out.push_back({true, "Warnings", std::move(message), std::nullopt});
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

std::optional<Notice> left_notice(const TurnRecord& turn) {
  if (turn.left.empty()) return std::nullopt;
  std::vector<ObjectKey> left;
  for (const InventoryEntry& entry : turn.left.entries()) left.push_back(entry.key);
  return Notice{false, "Released",
                "left in " + turn.left.cluster().display() + ", as confirmed: " + names_of(left),
                std::nullopt};
}

std::vector<Notice> notices(const AppStatus& before, const AppStatus& after,
                            const TurnRecord& turn) {
  std::vector<Notice> out;
  if (turn.applied) tell_steps(out, turn);
  tell_drift(out, before, after, turn);
  tell_warnings(out, before, after);
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

namespace {

// The condition, where its status or its words are others than before.
const Condition* changed(const RepositoryStatus& before, const RepositoryStatus& after,
                         std::string_view type) {
  const Condition* was = find_condition(before.conditions, type);
  const Condition* is = find_condition(after.conditions, type);
  const bool same = was != nullptr && is != nullptr && was->status == is->status &&
                    was->reason == is->reason && was->message == is->message;
  return same ? nullptr : is;
}

bool was_false(const RepositoryStatus& before, std::string_view type) {
  const Condition* was = find_condition(before.conditions, type);
  return was != nullptr && was->status == "False";
}

// An alarm when it becomes false, or false for another reason; and its end.
void tell_condition(std::vector<Notice>& out, const RepositoryStatus& before,
                    const RepositoryStatus& after, const char* type) {
  const Condition* is = changed(before, after, type);
  if (is == nullptr) return;
  if (is->status == "False") {
    out.push_back({true, is->reason, is->message, std::nullopt});
  } else if (was_false(before, type)) {
    out.push_back({false, is->reason, is->message, std::nullopt});
  }
}

}  // namespace

std::vector<Notice> repository_notices(const RepositoryStatus& before,
                                       const RepositoryStatus& after, const std::string& rewound) {
  std::vector<Notice> out;
  tell_condition(out, before, after, "Trusted");
  tell_condition(out, before, after, "Fresh");
  if (const Condition* is = changed(before, after, "Compromised")) {
    out.push_back({true, is->reason, is->message, std::nullopt});
  }
  // Without a trust policy a rewind is refused by the fetch.
  const Condition* ready = changed(before, after, "Ready");
  if (ready != nullptr && ready->reason == "NonFastForward") {
    out.push_back({true, ready->reason, ready->message, std::nullopt});
  }
  if (!rewound.empty()) {
    out.push_back(
        {true, "Rewound", "went back from " + rewound + " to " + after.commit, std::nullopt});
  }
  return out;
}

}  // namespace plumb
