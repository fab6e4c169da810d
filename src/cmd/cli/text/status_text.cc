#include "cmd/cli/text/status_text.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "cmd/cli/text/division.h"

namespace plumb::cli {

namespace {

std::string rules_of(const HistoryEntry& entry) {
  std::vector<std::string> names;
  for (const Grant& grant : entry.grants) names.push_back(grant.rule);
  return join(names, ", ");
}

std::string approvers_of(const HistoryEntry& entry) {
  std::set<std::string> names;
  for (const Grant& grant : entry.grants) {
    names.insert(grant.approvers.begin(), grant.approvers.end());
  }
  return join({names.begin(), names.end()}, ", ");
}

// A few by name; all of them are in the JSON.
std::string objects_of(const HistoryEntry& entry) {
  constexpr size_t kFew = 2;
  const size_t shown = std::min(kFew, entry.objects.size());
  const auto end = entry.objects.begin() + static_cast<std::ptrdiff_t>(shown);
  const size_t all = static_cast<size_t>(std::max(0, entry.changed + entry.pruned));
  std::string out = join({entry.objects.begin(), end}, ", ");
  if (shown > 0 && all > shown) out += " and " + std::to_string(all - shown) + " more";
  return out;
}

Value texts_value(const std::vector<std::string>& texts) {
  List out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

Value grants_value(const std::vector<Grant>& grants) {
  List out;
  for (const Grant& grant : grants) {
    out.push_back(Value::map({{"rule", grant.rule}, {"approvers", texts_value(grant.approvers)}}));
  }
  return out;
}

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

// That there are some; `plumb why` tells them.
std::string warned(const AppView& app) {
  const size_t count = app.status.warnings.size();
  if (count == 0) return "";
  return "; " + std::to_string(count) + (count == 1 ? " warning" : " warnings") + ", plumb why " +
         app.key.name;
}

}  // namespace

std::string message_of(const AppView& app, WallTime now) {
  const auto& conditions = app.status.conditions;
  const Condition* ready = find_condition(conditions, "Ready");
  std::string ready_message = ready != nullptr ? ready->message : "";
  if (app.unattended && !app.suspended) return unattended_text(*app.unattended);
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
        const std::string& target = app.status.inventory.cluster().server;
        const std::string where = target.empty() ? "" : " to " + target;
        if (!age.empty()) return "applied " + age + " ago" + where + warned(app);
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
  Table table({"REVISION", "APPLIED", "AUTHOR", "SIGNER", "RULE", "APPROVED BY", "CHANGED",
               "PRUNED", "OBJECTS", "HEALTH", "TOOK", "SUBJECT"});
  for (const HistoryEntry& entry : app.status.history) {
    const std::string when =
        style.width > 0 ? age_of(entry.applied_at, now) + " ago" : format_rfc3339(entry.applied_at);
    table.add({{short_revision(entry.revision)},
               {when},
               {entry.author},
               {entry.signer},
               {rules_of(entry)},
               {approvers_of(entry)},
               {std::to_string(entry.changed)},
               {std::to_string(entry.pruned)},
               {objects_of(entry)},
               {entry.health},
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
                                  {"pruned", entry.pruned},
                                  {"signer", entry.signer},
                                  {"rules", grants_value(entry.grants)},
                                  {"objects", texts_value(entry.objects)},
                                  {"health", entry.health}}));
  }
  return Value::map({{"version", 1}, {"app", app.key.display()}, {"history", Value(entries)}});
}

}  // namespace plumb::cli
