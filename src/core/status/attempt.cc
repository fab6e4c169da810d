#include "core/status/attempt.h"

#include <algorithm>

#include "core/status/conditions.h"
#include "core/status/verdict.h"

namespace plumb {

namespace {

// Manifests decide where both are known: what an older operator wrote has none.
bool is_same(const std::string& manifests, const std::string& revision,
             const std::string& other_manifests, const std::string& other_revision) {
  if (manifests.empty() || other_manifests.empty()) return revision == other_revision;
  return manifests == other_manifests;
}

bool changed_a_secret(const TurnRecord& turn) {
  if (!turn.applied) return false;
  const std::vector<StepOutcome>& steps = turn.applied->steps;
  return std::any_of(steps.begin(), steps.end(), [](const StepOutcome& step) {
    const auto* done = std::get_if<AppliedOutcome>(&step.outcome);
    const bool heals =
        step.reason == StepReason::drifted || step.reason == StepReason::deleted_live;
    return done != nullptr && done->changed && !heals && is_secret(step.key);
  });
}

// What the turn's manifests are called. Their hash knows nothing of what is in Secrets, which a
// status must not give away: a revision that changed one is told apart by its commit.
std::string manifests_of(const TurnRecord& turn, const AppStatus& previous) {
  if (turn.manifests.empty()) return {};
  const std::string& before = previous.last_attempted_manifests;
  const bool same = before.substr(0, before.find('-')) == turn.manifests;
  const bool is_new = previous.last_attempted_revision != turn.revision->display();
  const bool secret = changed_a_secret(turn);
  if (same && !(is_new && secret)) return before;
  return secret ? turn.manifests + "-" + abbreviated(turn.revision->commit) : turn.manifests;
}

WallTime attempted_since(const TurnRecord& turn, WallTime before) {
  if (turn.stopped || !turn.applied) return before;
  if (lacks_wanted(turn)) return {};
  return before == WallTime{} ? turn.finished : before;
}

}  // namespace

bool is_same_attempt(const AppStatus& before, const AppStatus& after) {
  return is_same(before.last_attempted_manifests, before.last_attempted_revision,
                 after.last_attempted_manifests, after.last_attempted_revision);
}

bool is_of(const HistoryEntry& entry, const AppStatus& status) {
  return is_same(entry.manifests, entry.revision, status.last_attempted_manifests,
                 status.last_attempted_revision);
}

void note_attempt(AppStatus& out, const TurnRecord& turn, const AppStatus& previous) {
  const bool same_spec = previous.observed_generation == turn.spec.generation;
  out.last_attempted_revision = turn.revision->display();
  const bool is_unknown = turn.manifests.empty() && !previous.last_attempted_manifests.empty();
  if (is_unknown && same_spec) return;
  out.last_attempted_manifests = manifests_of(turn, previous);
  const bool same = same_spec && is_same_attempt(previous, out);
  out.last_attempted_since =
      attempted_since(turn, same ? previous.last_attempted_since : WallTime{});
  if (!same) out.last_attempted_from = out.last_attempted_revision;
}

std::string unproven_revision(const AppStatus& status) {
  const std::string& attempted = status.last_attempted_revision;
  const std::string& first =
      status.last_attempted_from.empty() ? attempted : status.last_attempted_from;
  // It stopped at a wave that did not become healthy: it is not in the history.
  if (attempted != status.last_applied_revision) return first;
  if (status.history.empty() || !is_of(status.history.front(), status)) return {};
  return status.history.front().was_healthy() ? std::string() : first;
}

std::optional<WallTime> moving_since(const AppStatus& status) {
  const Condition* moving = find_condition(status.conditions, "Reconciling");
  if (moving == nullptr) return std::nullopt;
  const bool known =
      status.last_attempted_since != WallTime{} && !unproven_revision(status).empty();
  return known ? std::min(status.last_attempted_since, moving->last_transition)
               : moving->last_transition;
}

std::optional<Duration> deadline_in(const AppSpec& app, const AppStatus& status, WallTime now) {
  const Condition* ready = find_condition(status.conditions, "Ready");
  if (ready == nullptr || ready->status == "True" || app.suspend || app.deleting) {
    return std::nullopt;
  }
  std::optional<WallTime> since = moving_since(status);
  if (!since && status.last_attempted_since != WallTime{} && !unproven_revision(status).empty()) {
    since = status.last_attempted_since;
  }
  if (!since || now - *since >= app.timeout) return std::nullopt;
  return std::chrono::duration_cast<Duration>(*since + app.timeout - now);
}

}  // namespace plumb
