#include "cmd/cli/text/why.h"

#include <algorithm>

#include "base/text.h"
#include "cmd/cli/text/division.h"
#include "cmd/cli/text/next_step.h"

namespace plumb::cli {

namespace {

constexpr size_t kLabelWidth = 11;
constexpr const char* kFindOperator =
    "kubectl get pods -A -l app.kubernetes.io/name=plumb,app.kubernetes.io/component=operator";

std::string since_text(WallTime then, WallTime now) {
  if (then == WallTime{}) return "";
  return format_age(std::max(now - then, std::chrono::milliseconds(0))) + " (" +
         format_rfc3339(then) + ")";
}

void add_fact(WhyAnswer& answer, const char* label, std::string text) {
  if (!text.empty()) answer.facts.emplace_back(label, std::move(text));
}

void add_condition(WhyAnswer& answer, const Condition& condition, WallTime now) {
  add_fact(answer, "reason", condition.reason);
  add_fact(answer, "message", condition.message);
  add_fact(answer, "since", since_text(condition.last_transition, now));
}

const ObjectProblem* find_problem(const AppStatus& status, const ObjectKey& key) {
  for (const ObjectProblem& problem : status.problems) {
    if (problem.key == key) return &problem;
  }
  return nullptr;
}

std::string live_text(const WhyQuestion& question) {
  if (!question.live) return "";
  const Health& health = *question.live;
  return std::string(to_string(health.status)) +
         (health.message.empty() ? "" : ": " + health.message);
}

void add_live(WhyAnswer& answer, const WhyQuestion& question) {
  add_fact(answer, "live", live_text(question));
  if (question.behind) {
    add_fact(answer, "cause",
             question.behind->key.display() + ": " + question.behind->health.message);
  }
  if (!question.blame || question.blame->managers.empty()) return;
  add_fact(answer, "changed by",
           join(question.blame->managers, ", ") +
               (question.blame->paths.empty() ? "" : ": " + join(question.blame->paths, ", ")));
}

// The app itself stands for what stopped its turn.
bool is_app(const ObjectKey& key, const AppView& app) {
  return key.group == kApiGroup && key.kind == "App" && key.name == app.key.name &&
         key.namespace_ == app.key.namespace_;
}

void explain_problem(WhyAnswer& answer, const WhyQuestion& question, const ObjectProblem& problem,
                     WallTime now) {
  const bool of_object = !is_app(problem.key, question.app);
  if (of_object) add_fact(answer, "object", problem.key.display());
  add_fact(answer, "reason", problem.reason);
  // What is on its way moves on; a status tells that only now and then.
  const bool moves = problem.reason == to_string(HealthStatus::in_progress);
  if (!moves || !question.live) add_fact(answer, "message", problem.message);
  add_fact(answer, "written at", problem.position);
  add_fact(answer, "since", since_text(problem.since, now));
  if (of_object) add_live(answer, question);
  const ObjectKey& seen = question.behind ? question.behind->key : problem.key;
  answer.next = next_step(question.app, {.reason = problem.reason,
                                         .position = problem.position,
                                         .object = of_object ? &seen : nullptr});
}

// What is wrong beside the first problem, in short.
void add_others(WhyAnswer& answer, const std::vector<ObjectProblem>& problems) {
  constexpr size_t kMostNamed = 5;
  for (size_t i = 1; i < std::min(problems.size(), kMostNamed + 1); ++i) {
    const ObjectProblem& one = problems[i];
    add_fact(answer, "also",
             one.key.display() + ": " + one.reason +
                 (one.position.empty() ? "" : " (" + one.position + ")"));
  }
  if (problems.size() > kMostNamed + 1) {
    add_fact(answer, "also", std::to_string(problems.size() - kMostNamed - 1) + " more");
  }
}

// Prunes wait for what failed; drift that is left alone, or is fought over.
void add_standing(WhyAnswer& answer, const AppView& app, WallTime now) {
  const Condition* drifted = find_condition(app.status.conditions, "Drifted");
  if (drifted == nullptr || drifted->status != "True") return;
  add_fact(answer, "drift", drifted->reason + ": " + drifted->message);
  add_fact(answer, "since", since_text(drifted->last_transition, now));
}

void add_warnings(WhyAnswer& answer, const AppView& app) {
  for (const std::string& warning : app.status.warnings) add_fact(answer, "warning", warning);
}

// What stands before the app's own turn: suspension, the operator, the repository.
bool explain_outside(WhyAnswer& answer, const WhyQuestion& question, WallTime now) {
  const AppView& app = question.app;
  const std::string name = "app " + app.key.display();
  if (app.suspended) {
    answer.headline = name + " is suspended: nothing is applied, healed or pruned";
    answer.next = "plumb resume " + app.key.name + " -n " + app.key.namespace_;
    return true;
  }
  if (app.unattended) {
    answer.headline = name + " is left as it is: " + unattended_text(*app.unattended);
    add_fact(answer, "worked on", app.unattended->holder);
    add_fact(answer, "since", since_text(app.unattended->since, now));
    answer.next = kFindOperator;
    return true;
  }
  if (!app.seen) {
    answer.headline = name + " has no status: the operator has not looked at it";
    answer.next = kFindOperator;
    return true;
  }
  if (question.repository_read && !question.repository) {
    answer.headline =
        name + " waits for repository " + app.repository.display() + ", which does not exist";
    answer.next = "create the Repository, or correct spec.repository of the app";
    return true;
  }
  if (!question.repository) return false;
  const RepositoryView& repository = *question.repository;
  if (repository.suspended && readiness_of(app) != Readiness::ready) {
    answer.headline = name + " waits: repository " + repository.key.display() + " is suspended";
    answer.next = "plumb resume repo/" + repository.key.name + " -n " + repository.key.namespace_;
    return true;
  }
  const Condition* ready = find_condition(repository.status.conditions, "Ready");
  if (ready == nullptr || ready->status != "False") return false;
  answer.headline = "repository " + repository.key.display() + " is not ready; " + name +
                    (app.status.last_applied_revision.empty()
                         ? " has nothing to apply"
                         : " stays on " + short_revision(app.status.last_applied_revision));
  add_fact(answer, "url", repository.url);
  add_condition(answer, *ready, now);
  answer.next = next_step(app, {.reason = ready->reason});
  return true;
}

void explain_app(WhyAnswer& answer, const WhyQuestion& question, WallTime now) {
  const AppView& app = question.app;
  const std::string name = "app " + app.key.display();
  const auto& conditions = app.status.conditions;
  const Readiness state = readiness_of(app);
  if (state == Readiness::ready) {
    answer.ready = true;
    answer.headline = name + " is ready";
    add_fact(answer, "revision", app.status.last_applied_revision);
    add_fact(answer, "target", app.status.inventory.cluster().server);
    add_fact(answer, "applied", app.status.applied);
    add_fact(answer, "health", app.status.health);
    add_fact(answer, "shard", app.shard);
    add_standing(answer, app, now);
    add_warnings(answer, app);
    return;
  }
  const Condition* stalled = find_condition(conditions, "Stalled");
  const Condition* reconciling = find_condition(conditions, "Reconciling");
  const Condition* ready = find_condition(conditions, "Ready");
  const bool waits = state == Readiness::progressing;
  answer.headline = name + (state == Readiness::deleting ? " is being deleted"
                            : waits                      ? " is on its way"
                                                         : " is not ready");
  add_fact(answer, "revision", app.status.last_attempted_revision);
  add_fact(answer, "target", app.status.inventory.cluster().server);
  if (!app.status.problems.empty()) {
    explain_problem(answer, question, app.status.problems.front(), now);
    add_others(answer, app.status.problems);
    // What it waits for is most often the problem that was just told.
    const bool told =
        reconciling != nullptr &&
        reconciling->message.find(app.status.problems.front().key.display()) != std::string::npos;
    if (waits && reconciling != nullptr && !told) {
      add_fact(answer, "waits for", reconciling->message);
    }
    if (ready != nullptr && ready->message.find("prunes wait") != std::string::npos) {
      add_fact(answer, "prunes", "wait until all of this revision is applied");
    }
    add_standing(answer, app, now);
    add_warnings(answer, app);
    return;
  }
  const Condition* cause = stalled != nullptr && stalled->status == "True" ? stalled : ready;
  if (waits && reconciling != nullptr && reconciling->status == "True") cause = reconciling;
  if (cause == nullptr) return;
  add_condition(answer, *cause, now);
  add_standing(answer, app, now);
  add_warnings(answer, app);
  answer.next = next_step(app, {.reason = cause->reason});
}

void explain_object(WhyAnswer& answer, const WhyQuestion& question, WallTime now) {
  const ObjectKey& key = *question.object;
  const AppView& app = question.app;
  const bool in_inventory = app.status.inventory.find(key) != nullptr;
  const ObjectProblem* problem = find_problem(app.status, key);
  const bool is_current = question.live && question.live->status == HealthStatus::current;
  add_fact(answer, "app", app.key.display());
  add_fact(answer, "revision", app.status.last_applied_revision);
  add_fact(answer, "target", app.status.inventory.cluster().server);
  if (problem != nullptr) {
    answer.headline = key.display() + " keeps its app from being ready";
    explain_problem(answer, question, *problem, now);
    return;
  }
  add_live(answer, question);
  if (!in_inventory) {
    answer.headline = key.display() + " is not in the inventory of its app";
    answer.next = "plumb why " + app.key.name + " -n " + app.key.namespace_;
    return;
  }
  answer.ready = is_current;
  answer.headline = key.display() + (is_current ? " is as its app wants it" : " is not current");
  if (!is_current) answer.next = describe_command(key);
}

}  // namespace

WhyAnswer why(const WhyQuestion& question, WallTime now) {
  WhyAnswer answer;
  if (question.object) {
    explain_object(answer, question, now);
  } else if (!explain_outside(answer, question, now)) {
    explain_app(answer, question, now);
  }
  return answer;
}

WhyAnswer why_repository(const RepositoryView& repository, WallTime now) {
  WhyAnswer answer;
  const std::string name = "repository " + repository.key.display();
  const Condition* ready = find_condition(repository.status.conditions, "Ready");
  if (repository.suspended) {
    answer.headline = name + " is suspended: nothing is fetched";
    answer.next = "plumb resume repo/" + repository.key.name + " -n " + repository.key.namespace_;
    return answer;
  }
  if (ready == nullptr) {
    answer.headline =
        name +
        (repository.seen ? " is on its way" : " has no status: the operator has not looked at it");
    if (!repository.seen) answer.next = kFindOperator;
    return answer;
  }
  answer.ready = ready->status == "True";
  answer.headline = name + (answer.ready                 ? " is ready"
                            : ready->status == "Unknown" ? " is on its way"
                                                         : " is not ready");
  add_fact(answer, "url", repository.url);
  add_fact(answer, "revision", repository.status.revision);
  if (answer.ready) return answer;
  add_condition(answer, *ready, now);
  answer.next = next_step(repository.key, ready->reason);
  return answer;
}

std::string why_text(const WhyAnswer& answer, const Style& style) {
  std::string out =
      paint(safe(answer.headline), answer.ready ? Tone::good : Tone::bold, style) + "\n";
  for (const auto& [label, text] : answer.facts) {
    std::string padded = label;
    padded.resize(std::max(kLabelWidth, padded.size() + 1), ' ');
    out += "  " + paint(padded, Tone::faint, style) + safe(text) + "\n";
  }
  if (!answer.next.empty()) out += "next: " + safe(answer.next) + "\n";
  return out;
}

Value why_value(const WhyAnswer& answer) {
  List facts;
  for (const auto& [label, text] : answer.facts) {
    facts.push_back(Value::map({{"what", label}, {"text", text}}));
  }
  return Value::map({{"version", 1},
                     {"ready", answer.ready},
                     {"headline", answer.headline},
                     {"facts", Value(std::move(facts))},
                     {"next", answer.next}});
}

}  // namespace plumb::cli
