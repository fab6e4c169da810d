#include "core/status/app_status.h"

#include <algorithm>

#include "base/overloaded.h"
#include "base/text.h"
#include "core/status/attempt.h"
#include "core/status/conditions.h"
#include "core/status/status_json.h"
#include "core/status/verdict.h"
#include "lang/json/json.h"

namespace plumb {
namespace {

constexpr size_t kMaxProblems = 20;
constexpr size_t kMaxHistory = 10;
constexpr size_t kMaxWarnings = 20;
constexpr size_t kMaxWarning = 500;  // bytes of one
constexpr size_t kMaxNamed = 5;      // objects named in one message
constexpr size_t kMaxHistoryObjects = 20;

struct Tally {
  size_t changed = 0;
  size_t pruned = 0;
  size_t undone = 0;               // desired objects that are not in the cluster as written
  std::vector<std::string> names;  // of what changed or was pruned
};

std::string name_of(const ObjectKey& key) {
  return key.kind + "/" + key.name;
}

Tally count(const TurnRecord& turn) {
  Tally tally;
  if (turn.applied) {
    for (const StepOutcome& step : turn.applied->steps) {
      const bool wanted = is_wanted(step.reason);
      std::visit(overloaded{
                     [&](const AppliedOutcome& done) {
                       const bool healed = step.reason == StepReason::drifted ||
                                           step.reason == StepReason::deleted_live;
                       if (!done.changed || healed) return;
                       ++tally.changed;
                       tally.names.push_back(name_of(step.key));
                     },
                     [&](const DeletedOutcome&) {
                       ++tally.pruned;
                       tally.names.push_back(name_of(step.key));
                     },
                     [](const DeletingOutcome&) {},  // counted when it is gone
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

// What stopped the turn concerns the app as a whole: its place in the source is that of the error.
void add_stop(AppStatus& out, const AppStatus& previous, const TurnRecord& turn,
              const Error& error) {
  const ObjectKey app{kApiGroup, "App", turn.spec.key.namespace_, turn.spec.key.name};
  const auto add = [&](const Error& one) {
    add_problem(out, previous, turn, app, one.code().name, message_of(one),
                one.position() ? to_string(*one.position()) : "");
  };
  add(error);
  for (const Error& more : error.also()) add(more);
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
  if (turn.stopped) add_stop(out, previous, turn, turn.stopped->error);
  if (!turn.health) return;
  for (const ObjectHealth& object : turn.health->objects) {
    if (object.health.status == HealthStatus::current) continue;
    const bool known = std::any_of(out.problems.begin(), out.problems.end(),
                                   [&](const ObjectProblem& p) { return p.key == object.key; });
    if (known) continue;
    add_problem(out, previous, turn, object.key, to_string(object.health.status),
                object.health.message, to_string(object.position));
  }
}

// A turn that ended before its plan, or did not look, knows nothing new.
void note_wanted(AppStatus& out, const TurnRecord& turn) {
  if (!turn.whole_app || turn.spec.suspend || (turn.stopped && turn.refused.empty())) return;
  out.wanted.clear();
  for (const Step& step : turn.refused) {
    if (step.manifest && step.reason == StepReason::foreign_owner) out.wanted.push_back(step.key);
  }
}

void add_names(HistoryEntry& entry, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const bool known =
        std::find(entry.objects.begin(), entry.objects.end(), name) != entry.objects.end();
    if (!known && entry.objects.size() < kMaxHistoryObjects) entry.objects.push_back(name);
  }
}

// What is in force now shows how it does; what was replaced keeps how it did.
void note_health(AppStatus& out, const TurnRecord& turn) {
  if (!turn.health || !turn.revision || out.history.empty()) return;
  HistoryEntry& newest = out.history.front();
  const bool is_its_own =
      newest.revision == turn.revision->display() || (turn.whole_app && is_of(newest, out));
  if (is_its_own && !newest.was_healthy()) {
    newest.health = to_string(turn.health->overall);
  }
}

void add_history(AppStatus& out, const TurnRecord& turn, const Tally& tally) {
  HistoryEntry entry{.revision = turn.revision->display(),
                     .author = turn.revision->author,
                     .subject = turn.revision->subject,
                     .signer = turn.signer,
                     .grants = turn.grants,
                     .applied_at = turn.finished,
                     .changed = static_cast<int>(tally.changed),
                     .pruned = static_cast<int>(tally.pruned),
                     .manifests = out.last_attempted_manifests};
  add_names(entry, tally.names);
  entry.duration_ms = (turn.finished - turn.started).count();
  // The turns towards one revision (wave by wave, then its prune) are one entry, and those at later
  // ones that have the same manifests.
  if (!out.history.empty() &&
      (is_of(out.history.front(), out) || out.history.front().revision == entry.revision)) {
    out.history.front().manifests = entry.manifests;
    out.history.front().changed += entry.changed;
    out.history.front().pruned += entry.pruned;
    add_names(out.history.front(), entry.objects);
    return;
  }
  out.history.insert(out.history.begin(), std::move(entry));
  if (out.history.size() > kMaxHistory) out.history.resize(kMaxHistory);
}

// A turn that came to its end knows them all.
std::vector<std::string> warnings_of(const TurnRecord& turn, const AppStatus& previous) {
  if (!turn.whole_app || turn.stopped || !turn.health) return previous.warnings;
  std::vector<std::string> out;
  for (const Warning& warning : turn.warnings) {
    if (out.size() == kMaxWarnings) {
      out.back() = std::to_string(turn.warnings.size() - kMaxWarnings + 1) + " more";
      break;
    }
    std::string text = warning.message;
    if (!warning.position.file.empty()) text += " (" + to_string(warning.position) + ")";
    out.push_back(shorten(text, kMaxWarning));
  }
  return out;
}

bool did_nothing(const TurnRecord& turn) {
  return !turn.stopped && turn.refused.empty() && turn.waiting_for.empty() &&
         turn.unhealed.empty() && (!turn.applied || turn.applied->steps.empty());
}

bool is_well(const TurnRecord& turn) {
  return turn.health && turn.health->overall == HealthStatus::current;
}

bool is_true(const AppStatus& status, std::string_view type) {
  const Condition* condition = find_condition(status.conditions, type);
  return condition != nullptr && condition->status == "True";
}

// A turn that says nothing that the status does not say already: a newer commit that changes
// nothing for this app, or a heal that went well.
bool is_no_news(const TurnRecord& turn, const AppStatus& previous) {
  if (!is_true(previous, "Ready") || is_true(previous, "Drifted") || !is_well(turn)) return false;
  if (turn.spec.suspend || turn.spec.deleting || warnings_of(turn, previous) != previous.warnings ||
      previous.observed_generation != turn.spec.generation) {
    return false;
  }
  return turn.whole_app ? did_nothing(turn)
                        : !has_failures(turn) && turn.refused.empty() && turn.unhealed.empty();
}

// A heal looks at few objects: that they are well does not mend a source that cannot be rendered,
// an object that was denied or a wave that has not begun. Such a verdict stands until a turn of the
// whole app.
bool verdict_stands(const TurnRecord& turn, const AppStatus& previous) {
  if (turn.whole_app || turn.spec.suspend || turn.spec.deleting) return false;
  const Condition* ready = find_condition(previous.conditions, "Ready");
  if (ready == nullptr) return true;
  if (ready->reason == "Applied") return false;
  const bool by_health = ready->reason == "Progressing" || ready->reason == "HealthCheckFailed";
  return !by_health || !turn.revision || previous.last_applied_revision != turn.revision->display();
}

void note_revision(AppStatus& out, const AppStatus& previous, const TurnRecord& turn,
                   const Tally& tally) {
  if (!turn.whole_app || !turn.revision) return;
  note_attempt(out, turn, previous);
  if (turn.desired_objects) {
    const size_t all = *turn.desired_objects;
    out.applied = std::to_string(all - std::min(tally.undone, all)) + "/" + std::to_string(all);
  }
  if (!is_everything_applied(turn)) return;
  const bool moved = out.last_applied_revision != turn.revision->display();
  out.last_applied_revision = turn.revision->display();
  // What was done in earlier turns towards this revision shows in that the app was not ready; of a
  // later one with the same manifests it stands in the history already.
  const bool is_there = !out.history.empty() && is_of(out.history.front(), out);
  const bool worked =
      tally.changed + tally.pruned > 0 || (!is_true(previous, "Ready") && !is_there);
  if (tally.changed + tally.pruned > 0 || (moved && worked)) add_history(out, turn, tally);
}

void set_health(ConditionSet& conditions, const TurnRecord& turn) {
  if (!turn.health) return conditions.keep("Healthy");
  std::string names;
  size_t open = 0;
  for (const ObjectHealth& object : turn.health->objects) {
    if (object.health.status == HealthStatus::current) continue;
    if (open++ < kMaxNamed) names += (names.empty() ? "" : ", ") + object.key.display();
  }
  if (open == 0) return conditions.set("Healthy", "True", "Current", "every object is current");
  const bool failed = turn.health->overall == HealthStatus::failed;
  conditions.set("Healthy", failed ? "False" : "Unknown", to_string(turn.health->overall),
                 std::to_string(open) + " of " + std::to_string(turn.health->objects.size()) +
                     " objects are not current: " + names + (open > kMaxNamed ? ", …" : ""));
}

void set_drift(ConditionSet& conditions, const TurnRecord& turn) {
  if (turn.unhealed.empty()) {
    if (!turn.whole_app || turn.stopped) conditions.keep("Drifted");
    return;
  }
  const bool fought = std::any_of(turn.unhealed.begin(), turn.unhealed.end(), [](const Step& step) {
    return step.reason == StepReason::fought;
  });
  std::string names;
  for (size_t i = 0; i < std::min(turn.unhealed.size(), kMaxNamed); ++i) {
    const Step& step = turn.unhealed[i];
    names += (i == 0 ? "" : "; ") + step.key.display();
    if (!step.detail.empty()) names += ": " + step.detail;
  }
  conditions.set("Drifted", "True", fought ? "Fighting" : "HealDisabled",
                 counted(turn.unhealed.size(), "object") + " changed in the cluster, " +
                     (fought ? "restored with growing pauses: " : "left as it is: ") + names);
}

std::vector<Condition> conditions_of(const TurnRecord& turn, const AppStatus& out,
                                     const AppStatus& previous) {
  const Verdict verdict = judge(turn, out, previous);
  ConditionSet conditions(previous.conditions, turn.spec.generation, turn.finished);
  conditions.set("Ready", verdict.status, verdict.reason, verdict.message);
  set_health(conditions, turn);
  set_drift(conditions, turn);
  if (verdict.moving) {
    const bool new_work = previous.observed_generation != turn.spec.generation ||
                          !is_same_attempt(previous, out) ||
                          previous.last_attempted_since != out.last_attempted_since;
    new_work ? conditions.restart("Reconciling", "True", verdict.reason, verdict.message)
             : conditions.set("Reconciling", "True", verdict.reason, verdict.message);
  }
  if (verdict.stalled) conditions.set("Stalled", "True", verdict.reason, verdict.message);
  return std::move(conditions).take();
}

AppStatus without_times(AppStatus status) {
  const Condition* ready = find_condition(status.conditions, "Ready");
  const bool progressing = ready != nullptr && ready->reason == "Progressing";
  for (Condition& condition : status.conditions) {
    condition.last_transition = {};
    if (progressing && condition.reason == "Progressing") condition.message.clear();
  }
  for (ObjectProblem& problem : status.problems) {
    problem.since = {};
    if (progressing && problem.reason == to_string(HealthStatus::in_progress)) {
      problem.message.clear();
    }
  }
  status.last_attempted_since = {};
  for (HistoryEntry& entry : status.history) {
    entry.applied_at = {};
    entry.duration_ms = 0;
  }
  return status;
}

}  // namespace

AppStatus summarise(const TurnRecord& turn, const AppStatus& previous) {
  AppStatus out = previous;
  out.observed_generation = turn.spec.generation;
  out.inventory = turn.inventory;
  if (turn.whole_app) out.last_handled_sync = turn.spec.sync_requested;
  if (turn.health) out.health = to_string(turn.health->overall);
  if (is_no_news(turn, previous) || verdict_stands(turn, previous)) return out;
  note_revision(out, previous, turn, count(turn));
  note_health(out, turn);
  collect_problems(out, previous, turn);
  note_wanted(out, turn);
  out.warnings = warnings_of(turn, previous);
  out.conditions = conditions_of(turn, out, previous);
  return out;
}

AppStatus announce(const TurnRecord& turn, const AppStatus& previous, WallTime now) {
  AppStatus out = previous;
  if (!previous.conditions.empty() || !turn.revision) return out;
  out.observed_generation = turn.spec.generation;
  note_attempt(out, turn, previous);
  ConditionSet conditions(previous.conditions, turn.spec.generation, now);
  const std::string message = "applies " + turn.revision->display();
  conditions.set("Ready", "Unknown", "Progressing", message);
  conditions.set("Reconciling", "True", "Progressing", message);
  out.conditions = std::move(conditions).take();
  return out;
}

Fingerprint essence_of(const AppStatus& status) {
  return fingerprint(json::write(to_value(without_times(status))));
}

bool is_on_its_way(const AppStatus& status) {
  const Condition* ready = find_condition(status.conditions, "Ready");
  return ready != nullptr && ready->status == "Unknown" && is_true(status, "Reconciling");
}

}  // namespace plumb
