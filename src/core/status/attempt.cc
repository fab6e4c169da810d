#include "core/status/attempt.h"

#include <algorithm>

#include "core/status/conditions.h"
#include "core/status/verdict.h"

namespace plumb {

WallTime attempted_since(const TurnRecord& turn, const AppStatus& previous) {
  if (!turn.whole_app || !turn.revision) return previous.last_attempted_since;
  const bool same = previous.observed_generation == turn.spec.generation &&
                    previous.last_attempted_revision == turn.revision->display();
  const WallTime before = same ? previous.last_attempted_since : WallTime{};
  if (turn.stopped || !turn.applied) return before;
  if (lacks_wanted(turn)) return {};
  return before == WallTime{} ? turn.finished : before;
}

std::string unproven_revision(const AppStatus& status) {
  const std::string& attempted = status.last_attempted_revision;
  // It stopped at a wave that did not become healthy: it is not in the history.
  if (attempted != status.last_applied_revision) return attempted;
  if (status.history.empty() || status.history.front().revision != attempted) return {};
  return status.history.front().was_healthy() ? std::string() : attempted;
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
