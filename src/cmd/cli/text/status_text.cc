#include "cmd/cli/text/status_text.h"

#include <algorithm>

namespace plumb::cli {

namespace {

Cell ready_cell(const AppView& app, const Style& style) {
  const auto cell = [&](const char* glyph, const char* word, Tone tone) {
    return Cell{style.glyphs ? glyph : word, tone};
  };
  switch (readiness_of(app)) {
    case Readiness::ready:
      return cell("✓", "yes", Tone::good);
    case Readiness::progressing:
      return cell("◎", "wait", Tone::wait);
    case Readiness::suspended:
      return {"suspended", Tone::wait};
    case Readiness::deleting:
      return {"deleting", Tone::wait};
    case Readiness::unseen:
      return cell("?", "unknown", Tone::wait);
    case Readiness::stalled:
    case Readiness::failed:
      return cell("✗", "no", Tone::bad);
  }
  return {};
}

Tone health_tone(const std::string& health) {
  if (health == to_string(HealthStatus::current)) return Tone::good;
  if (health == to_string(HealthStatus::failed)) return Tone::bad;
  return health == to_string(HealthStatus::missing) ? Tone::bad : Tone::wait;
}

std::string age_of(WallTime then, WallTime now) {
  if (then == WallTime{}) return "";
  return format_age(std::max(now - then, std::chrono::milliseconds(0)));
}

std::string problem_line(const ObjectProblem& problem, WallTime now) {
  std::string out = problem.key.kind + "/" + problem.key.name + ": " + problem.message;
  if (!problem.position.empty()) out += " at " + problem.position;
  const std::string age = age_of(problem.since, now);
  return age.empty() ? out : out + " (" + age + ")";
}

std::string duration_text(int64_t milliseconds) {
  return format_duration(std::chrono::milliseconds(milliseconds));
}

}  // namespace

std::string message_of(const AppView& app, WallTime now) {
  const auto& conditions = app.status.conditions;
  const Condition* ready = find_condition(conditions, "Ready");
  const std::string ready_message = ready != nullptr ? ready->message : "";
  switch (readiness_of(app)) {
    case Readiness::unseen:
      return "the operator has not looked at it yet";
    case Readiness::deleting:
      return ready_message.empty() ? "objects are being deleted" : ready_message;
    case Readiness::suspended:
      return "nothing is applied or healed; plumb resume " + app.key.name;
    case Readiness::ready:
      if (!app.status.history.empty()) {
        const std::string age = age_of(app.status.history.front().applied_at, now);
        if (!age.empty()) return "applied " + age + " ago";
      }
      return ready_message;
    case Readiness::stalled:
    case Readiness::failed:
    case Readiness::progressing:
      break;
  }
  if (!app.status.problems.empty()) {
    const size_t more = app.status.problems.size() - 1;
    return problem_line(app.status.problems.front(), now) +
           (more > 0 ? "; and " + std::to_string(more) + " more" : "");
  }
  const Condition* reconciling = find_condition(conditions, "Reconciling");
  if (reconciling != nullptr && reconciling->status == "True" && !reconciling->message.empty()) {
    return reconciling->message;
  }
  return ready_message;
}

std::string status_text(const std::vector<AppView>& apps, bool with_namespace, WallTime now,
                        const Style& style) {
  Table table(
      {"NAMESPACE", "NAME", "REPOSITORY", "REVISION", "APPLIED", "HEALTH", "READY", "MESSAGE"});
  for (const AppView& app : apps) {
    const bool same = app.repository.namespace_ == app.key.namespace_;
    table.add({{with_namespace ? app.key.namespace_ : ""},
               {app.key.name},
               {same ? app.repository.name : app.repository.display()},
               {short_revision(app.status.last_applied_revision)},
               {app.status.applied},
               {app.status.health, health_tone(app.status.health)},
               ready_cell(app, style),
               {message_of(app, now)}});
  }
  return table.text(style);
}

std::string history_text(const AppView& app, WallTime now, const Style& style) {
  Table table({"REVISION", "APPLIED", "AUTHOR", "CHANGED", "PRUNED", "TOOK", "SUBJECT"});
  for (const HistoryEntry& entry : app.status.history) {
    const std::string when =
        style.width > 0 ? age_of(entry.applied_at, now) + " ago" : format_rfc3339(entry.applied_at);
    table.add({{short_revision(entry.revision)},
               {when},
               {entry.author},
               {std::to_string(entry.changed)},
               {std::to_string(entry.pruned)},
               {duration_text(entry.duration_ms)},
               {entry.subject}});
  }
  return table.text(style);
}

Value history_value(const AppView& app) {
  List entries;
  for (const HistoryEntry& entry : app.status.history) {
    entries.push_back(Value::map({{"revision", entry.revision},
                                  {"author", entry.author},
                                  {"subject", entry.subject},
                                  {"appliedAt", format_rfc3339(entry.applied_at)},
                                  {"durationMs", entry.duration_ms},
                                  {"changed", entry.changed},
                                  {"pruned", entry.pruned}}));
  }
  return Value::map({{"version", 1}, {"app", app.key.display()}, {"history", Value(entries)}});
}

}  // namespace plumb::cli
