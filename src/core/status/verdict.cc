#include "core/status/verdict.h"

#include <algorithm>
#include <string_view>

#include "core/status/attempt.h"
#include "core/status/conditions.h"

namespace plumb {
namespace {

bool needs_a_change(const Error& error) {
  return error.retry() == Retry::permanent || error.retry() == Retry::denied;
}

const Error& error_of(const Step& refused) {
  return std::get<RefuseAction>(refused.action).error;
}

// The failures of a turn, of the objects that are wanted or of those that left the source.
std::vector<const Error*> failures_of(const TurnRecord& turn, bool wanted) {
  std::vector<const Error*> out;
  if (!turn.applied) return out;
  for (const StepOutcome& step : turn.applied->steps) {
    const auto* failed = std::get_if<FailedOutcome>(&step.outcome);
    if (failed != nullptr && is_wanted(step.reason) == wanted) out.push_back(&failed->error);
  }
  return out;
}

bool any_needs_a_change(const std::vector<const Error*>& errors) {
  return std::any_of(errors.begin(), errors.end(),
                     [](const Error* error) { return needs_a_change(*error); });
}

std::string first_problem(const AppStatus& status) {
  if (status.problems.empty()) return {};
  const ObjectProblem& problem = status.problems.front();
  std::string out = problem.key.display() + ": " + problem.message;
  if (!problem.position.empty()) out += " (" + problem.position + ")";
  const size_t more = status.problems.size() - 1;
  if (more > 0) out += "; and " + std::to_string(more) + " more";
  return out;
}

Verdict stopped_verdict(const StageError& stopped) {
  const Error& error = stopped.error;
  std::string message = error.summary();
  if (!error.help().empty()) message += "; " + error.help();
  const char* reason = "PlanFailed";
  switch (stopped.stage) {
    case Stage::dependencies:
      // Others have to move, not this app; only a cycle has to be mended.
      return {"False", error.code().name, std::move(message), !needs_a_change(error),
              needs_a_change(error)};
    case Stage::fetch:
      reason = "SourceNotReady";
      break;
    case Stage::verify:
      reason = "NotTrusted";
      break;
    case Stage::target:
      return {"False", error.code().name, std::move(message), false, needs_a_change(error)};
    case Stage::render:
      reason = "RenderFailed";
      break;
    case Stage::record:
      reason = "InventoryNotRecorded";
      break;
    case Stage::apply:
    case Stage::assess:
    case Stage::prune:
      reason = "ApplyFailed";
      break;
    case Stage::observe:
    case Stage::plan:
      break;
  }
  return {"False", reason, std::move(message), false, needs_a_change(error)};
}

// The same revision of the same spec has been on its way for longer than the app allows.
bool is_overdue(const TurnRecord& turn, const AppStatus& out, const AppStatus& previous) {
  if (previous.observed_generation != turn.spec.generation) return false;
  if (!is_same_attempt(previous, out)) return false;
  if (out.last_attempted_since != previous.last_attempted_since) return false;  // it begins
  if (const std::optional<WallTime> since = moving_since(previous)) {
    return turn.finished - *since >= turn.spec.timeout;
  }
  const Condition* ready = find_condition(previous.conditions, "Ready");
  return ready != nullptr &&
         (ready->reason == "HealthCheckFailed" || ready->reason == "PruneFailed");
}

// Prunes wait for what is not applied, so that nothing goes before what replaces it is there.
std::string unpruned(const TurnRecord& turn) {
  if (!turn.applied) return {};
  const auto count = std::count_if(turn.applied->steps.begin(), turn.applied->steps.end(),
                                   [](const StepOutcome& step) {
                                     return step.reason == StepReason::left_source &&
                                            std::holds_alternative<SkippedOutcome>(step.outcome);
                                   });
  return count == 0 ? "" : "; prunes wait for it (" + std::to_string(count) + ")";
}

Verdict refused_verdict(const TurnRecord& turn, const AppStatus& out) {
  std::vector<const Error*> errors;
  for (const Step& step : turn.refused) {
    if (step.manifest) errors.push_back(&error_of(step));
  }
  if (errors.empty()) {  // only removals wait for a person
    const bool empty =
        error_of(turn.refused.front()).code().name == std::string_view("EmptyRender");
    return {"False", empty ? "EmptyRender" : "PruneHeld", first_problem(out), false, true};
  }
  const ErrorCode code = errors.front()->code();
  const bool one_cause = std::all_of(errors.begin(), errors.end(),
                                     [&](const Error* error) { return error->code() == code; });
  return {"False", one_cause ? code.name : "ApplyFailed",
          out.applied + " applied; " + first_problem(out) + unpruned(turn), false,
          any_needs_a_change(errors)};
}

Verdict failed_verdict(const TurnRecord& turn, const AppStatus& out) {
  const std::vector<const Error*> wanted = failures_of(turn, true);
  if (wanted.empty()) {
    return {"False", "PruneFailed", first_problem(out), false,
            any_needs_a_change(failures_of(turn, false))};
  }
  const bool conflicts = std::all_of(wanted.begin(), wanted.end(), [](const Error* error) {
    return error->retry() == Retry::conflict;
  });
  return {"False", conflicts ? "Conflict" : "ApplyFailed",
          out.applied + " applied; " + first_problem(out) + unpruned(turn), false,
          any_needs_a_change(wanted)};
}

// Nothing failed; what is not there yet is on its way.
Verdict progress_verdict(const TurnRecord& turn, const AppStatus& out, const AppStatus& previous,
                         const std::string& waiting) {
  if (is_overdue(turn, out, previous)) {
    const bool pruning = !out.problems.empty() && out.problems.front().reason == "Deleting";
    return {"False", pruning ? "PruneFailed" : "HealthCheckFailed",
            "not done within " + format_duration(turn.spec.timeout) + ": " +
                (out.problems.empty() ? waiting : first_problem(out)),
            false, false};
  }
  return {"Unknown", "Progressing", "waits for " + waiting, true, false};
}

Verdict deleting_verdict(const TurnRecord& turn, const AppStatus& out) {
  std::string message = counted(turn.inventory.size(), "object") + " still to be deleted";
  if (!out.problems.empty()) message += "; " + first_problem(out);
  if (turn.stopped) message += "; " + turn.stopped->error.summary();
  return {"Unknown", "Deleting", std::move(message), true, false};
}

}  // namespace

bool is_wanted(StepReason reason) {
  switch (reason) {
    case StepReason::created:
    case StepReason::changed:
    case StepReason::drifted:
    case StepReason::deleted_live:
    case StepReason::yielded:
    case StepReason::adopted:
    case StepReason::unconfirmed:
      return true;
    case StepReason::left_source:
    case StepReason::app_deleted:
    case StepReason::unchanged:
    case StepReason::foreign_owner:
    case StepReason::protected_:
    case StepReason::fought:
    case StepReason::heal_disabled:
    case StepReason::not_served:
    case StepReason::not_observed:
      return false;
  }
  return false;
}

bool has_failures(const TurnRecord& turn) {
  return !failures_of(turn, true).empty() || !failures_of(turn, false).empty();
}

bool lacks_wanted(const TurnRecord& turn) {
  return !failures_of(turn, true).empty() ||
         std::any_of(turn.refused.begin(), turn.refused.end(),
                     [](const Step& step) { return step.manifest != nullptr; });
}

bool is_everything_applied(const TurnRecord& turn) {
  if (!turn.applied || !turn.revision || turn.stopped) return false;
  const bool undone = std::any_of(
      turn.applied->steps.begin(), turn.applied->steps.end(), [](const StepOutcome& step) {
        return is_wanted(step.reason) && !std::holds_alternative<AppliedOutcome>(step.outcome);
      });
  // Without any object in the source a refusal means that the source is not believed.
  const bool refused = std::any_of(turn.refused.begin(), turn.refused.end(),
                                   [](const Step& step) { return step.manifest != nullptr; }) ||
                       (!turn.refused.empty() && turn.desired_objects.value_or(0) == 0);
  // An object that is going away was not applied: it is made anew when it is gone.
  const bool going =
      turn.health &&
      std::any_of(turn.health->objects.begin(), turn.health->objects.end(),
                  [](const auto& one) { return one.health.status == HealthStatus::terminating; });
  return !undone && !refused && !going;
}

Verdict judge(const TurnRecord& turn, const AppStatus& out, const AppStatus& previous) {
  if (turn.spec.suspend) return {"False", "Suspended", "the app is suspended", false, false};
  if (turn.spec.deleting) return deleting_verdict(turn, out);
  if (turn.stopped) return stopped_verdict(*turn.stopped);
  if (has_failures(turn)) return failed_verdict(turn, out);
  if (!turn.refused.empty()) return refused_verdict(turn, out);
  if (!turn.health || !turn.revision) {
    return {"Unknown", "Progressing", "not reconciled yet", true, false};
  }
  if (turn.health->overall == HealthStatus::failed) {
    return {"False", "HealthCheckFailed", first_problem(out), false, false};
  }
  if (!turn.waiting_for.empty()) {
    return progress_verdict(turn, out, previous, turn.waiting_for);
  }
  if (!out.problems.empty()) return progress_verdict(turn, out, previous, first_problem(out));
  return {"True", "Applied", "applied " + turn.revision->display(), false, false};
}

}  // namespace plumb
