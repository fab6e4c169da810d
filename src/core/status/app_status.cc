#include "core/status/app_status.h"

#include <algorithm>

#include "base/overloaded.h"
#include "core/status/conditions.h"

namespace plumb {
namespace {

constexpr size_t kMaxProblems = 20;
constexpr size_t kMaxHistory = 10;

// What the Ready condition is going to say.
struct Verdict {
  std::string status;  // of Ready
  std::string reason;
  std::string message;
  bool moving = false;   // Reconciling
  bool stalled = false;  // only a change helps
};

struct Tally {
  size_t changed = 0;
  size_t pruned = 0;
  size_t undone = 0;  // desired objects that are not in the cluster as written
};

Tally count(const TurnRecord& turn) {
  Tally tally;
  if (turn.applied) {
    for (const StepOutcome& step : turn.applied->steps) {
      const bool wanted = step.reason != StepReason::left_source;
      std::visit(overloaded{
                     [&](const AppliedOutcome& done) { tally.changed += done.changed ? 1 : 0; },
                     [&](const DeletedOutcome&) { ++tally.pruned; },
                     [&](const DeletingOutcome&) { ++tally.pruned; },
                     [](const ReleasedOutcome&) {},
                     [&](const FailedOutcome&) { tally.undone += wanted ? 1 : 0; },
                     [&](const SkippedOutcome&) { tally.undone += wanted ? 1 : 0; },
                 },
                 step.outcome);
    }
  }
  for (const Step& step : turn.refused) tally.undone += step.manifest ? 1 : 0;
  return tally;
}

WallTime since_of(const std::vector<ObjectProblem>& previous, const ObjectKey& key,
                  const std::string& reason, WallTime now) {
  for (const ObjectProblem& problem : previous) {
    if (problem.key == key && problem.reason == reason) return problem.since;
  }
  return now;
}

void add_problem(AppStatus& out, const AppStatus& previous, const TurnRecord& turn,
                 const ObjectKey& key, std::string reason, std::string message,
                 std::string position) {
  if (out.problems.size() == kMaxProblems) return;
  const WallTime since = since_of(previous.problems, key, reason, turn.finished);
  out.problems.push_back({key, std::move(reason), std::move(message), std::move(position), since});
}

std::string message_of(const Error& error) {
  return error.help().empty() ? error.message() : error.message() + "; " + error.help();
}

void collect_problems(AppStatus& out, const AppStatus& previous, const TurnRecord& turn) {
  out.problems.clear();
  if (turn.applied) {
    for (const StepOutcome& step : turn.applied->steps) {
      if (const auto* failed = std::get_if<FailedOutcome>(&step.outcome)) {
        add_problem(out, previous, turn, step.key, failed->error.code().name,
                    message_of(failed->error), to_string(step.position));
      } else if (const auto* held = std::get_if<DeletingOutcome>(&step.outcome)) {
        std::string names;
        for (const std::string& name : held->finalizers) names += " " + name;
        add_problem(out, previous, turn, step.key, "Deleting", "waits for finalizers:" + names, "");
      }
    }
  }
  for (const Step& step : turn.refused) {
    const Error& error = std::get<RefuseAction>(step.action).error;
    add_problem(out, previous, turn, step.key, error.code().name, message_of(error),
                error.position() ? to_string(*error.position()) : "");
  }
  if (!turn.health) return;
  for (const ObjectHealth& object : turn.health->objects) {
    if (object.health.status == HealthStatus::current) continue;
    const bool known = std::any_of(out.problems.begin(), out.problems.end(),
                                   [&](const ObjectProblem& p) { return p.key == object.key; });
    if (known) continue;
    add_problem(out, previous, turn, object.key, to_string(object.health.status),
                object.health.message, "");
  }
}

const Error* first_failure(const TurnRecord& turn) {
  if (!turn.applied) return nullptr;
  for (const StepOutcome& step : turn.applied->steps) {
    if (const auto* failed = std::get_if<FailedOutcome>(&step.outcome)) return &failed->error;
  }
  return nullptr;
}

std::string first_problem(const AppStatus& status) {
  if (status.problems.empty()) return {};
  const ObjectProblem& problem = status.problems.front();
  std::string out = problem.key.display() + ": " + problem.message;
  if (!problem.position.empty()) out += " (" + problem.position + ")";
  return out;
}

Verdict stopped_verdict(const StageError& stopped) {
  const Error& error = stopped.error;
  const bool stalled = error.retry() == Retry::permanent || error.retry() == Retry::denied;
  std::string message = error.summary();
  if (!error.help().empty()) message += "; " + error.help();
  const char* reason = "PlanFailed";
  switch (stopped.stage) {
    case Stage::fetch:
      reason = "SourceNotReady";
      break;
    case Stage::verify:
      reason = "NotTrusted";
      break;
    case Stage::render:
      reason = "RenderFailed";
      break;
    case Stage::record:
      reason = "InventoryNotRecorded";
      break;
    case Stage::observe:
    case Stage::plan:
    case Stage::apply:
    case Stage::assess:
    case Stage::prune:
      break;
  }
  return {"False", reason, std::move(message), false, stalled};
}

// Health that has been on its way for longer than the app allows is a failure.
bool overdue(const TurnRecord& turn, const AppStatus& previous) {
  const Condition* moving = find_condition(previous.conditions, "Reconciling");
  if (moving == nullptr) {
    const Condition* ready = find_condition(previous.conditions, "Ready");
    return ready != nullptr && ready->reason == "HealthCheckFailed" &&
           ready->observed_generation == turn.spec.generation &&
           (!turn.revision || previous.last_attempted_revision == turn.revision->display());
  }
  return (!turn.revision || previous.last_attempted_revision == turn.revision->display()) &&
         turn.finished - moving->last_transition >= turn.spec.timeout;
}

Verdict health_verdict(const TurnRecord& turn, const AppStatus& out, const AppStatus& previous) {
  switch (turn.health->overall) {
    case HealthStatus::current:
      return {"True", "Applied", "applied " + turn.revision->display(), false, false};
    case HealthStatus::failed:
      return {"False", "HealthCheckFailed", first_problem(out), false, false};
    case HealthStatus::in_progress:
    case HealthStatus::terminating:
    case HealthStatus::missing:
    case HealthStatus::unknown:
      break;
  }
  if (overdue(turn, previous)) {
    return {"False", "HealthCheckFailed",
            "not healthy within " + format_duration(turn.spec.timeout) + ": " + first_problem(out),
            false, false};
  }
  return {"Unknown", "Progressing", "waits for " + first_problem(out), true, false};
}

Verdict judge(const TurnRecord& turn, const AppStatus& out, const AppStatus& previous) {
  if (turn.spec.suspend) return {"False", "Suspended", "the app is suspended", false, false};
  if (turn.spec.deleting) {
    return {"Unknown", "Deleting",
            std::to_string(turn.inventory.size()) + " objects are still to be deleted", true,
            false};
  }
  if (turn.stopped) return stopped_verdict(*turn.stopped);
  if (const Error* failure = first_failure(turn)) {
    const bool stalled = failure->retry() == Retry::permanent || failure->retry() == Retry::denied;
    return {"False", "ApplyFailed", out.applied + " applied; " + first_problem(out), false,
            stalled};
  }
  if (!turn.refused.empty()) {
    const Error& error = std::get<RefuseAction>(turn.refused.front().action).error;
    return {"False", error.code().name, first_problem(out), false, true};
  }
  if (!turn.waiting_for.empty() && turn.health && turn.health->overall != HealthStatus::failed &&
      !overdue(turn, previous)) {
    return {"Unknown", "Progressing", "waits for " + turn.waiting_for, true, false};
  }
  return turn.health && turn.revision
             ? health_verdict(turn, out, previous)
             : Verdict{"Unknown", "Progressing", "not reconciled yet", true, false};
}

void add_history(AppStatus& out, const TurnRecord& turn, const Tally& tally) {
  HistoryEntry entry{turn.revision->display(),
                     turn.revision->author,
                     turn.revision->subject,
                     turn.finished,
                     0,
                     static_cast<int>(tally.changed),
                     static_cast<int>(tally.pruned)};
  entry.duration_ms = (turn.finished - turn.started).count();
  // The turns towards one revision (wave by wave, then its prune) are one entry.
  if (!out.history.empty() && out.history.front().revision == entry.revision) {
    out.history.front().changed += entry.changed;
    out.history.front().pruned += entry.pruned;
    return;
  }
  out.history.insert(out.history.begin(), std::move(entry));
  if (out.history.size() > kMaxHistory) out.history.resize(kMaxHistory);
}

bool did_nothing(const TurnRecord& turn) {
  return !turn.stopped && turn.refused.empty() && turn.waiting_for.empty() &&
         (!turn.applied || turn.applied->steps.empty());
}

}  // namespace

AppStatus summarise(const TurnRecord& turn, const AppStatus& previous) {
  AppStatus out = previous;
  out.observed_generation = turn.spec.generation;
  out.inventory = turn.inventory;
  if (turn.whole_app) out.last_handled_sync = turn.spec.sync_requested;
  const Tally tally = count(turn);
  if (turn.health) out.health = to_string(turn.health->overall);
  const bool was_ready =
      !previous.conditions.empty() && previous.conditions.front().status == "True";
  const bool all_well = turn.health && turn.health->overall == HealthStatus::current;
  // A newer commit that changes nothing for this app is not news.
  if (did_nothing(turn) && was_ready && all_well && !turn.spec.suspend && !turn.spec.deleting &&
      previous.observed_generation == turn.spec.generation) {
    return out;
  }
  // A heal that went well changes nothing but the records.
  if (!turn.whole_app && was_ready && all_well && first_failure(turn) == nullptr &&
      turn.refused.empty()) {
    return out;
  }
  collect_problems(out, previous, turn);
  if (turn.revision && turn.whole_app) out.last_attempted_revision = turn.revision->display();
  if (turn.whole_app && turn.desired_objects) {
    out.applied =
        std::to_string(*turn.desired_objects - std::min(tally.undone, *turn.desired_objects)) +
        "/" + std::to_string(*turn.desired_objects);
  }
  if (turn.whole_app && turn.all_applied && turn.revision) {
    const bool moved = out.last_applied_revision != turn.revision->display();
    out.last_applied_revision = turn.revision->display();
    if (tally.changed + tally.pruned > 0 || (moved && out.history.empty())) {
      add_history(out, turn, tally);
    }
  }
  const Verdict verdict = judge(turn, out, previous);
  ConditionSet conditions(previous.conditions, turn.spec.generation, turn.finished);
  conditions.set("Ready", verdict.status, verdict.reason, verdict.message);
  if (verdict.moving) conditions.set("Reconciling", "True", verdict.reason, verdict.message);
  if (verdict.stalled) conditions.set("Stalled", "True", verdict.reason, verdict.message);
  out.conditions = std::move(conditions).take();
  return out;
}

bool same_but_for_times(const AppStatus& a, const AppStatus& b) {
  AppStatus x = a;
  AppStatus y = b;
  if (!same_conditions(x.conditions, y.conditions)) return false;
  x.conditions = y.conditions;
  if (x.problems.size() != y.problems.size() || x.history.size() != y.history.size()) return false;
  for (size_t i = 0; i < x.problems.size(); ++i) x.problems[i].since = y.problems[i].since;
  return x == y;
}

}  // namespace plumb
