// The wave loop: stages run_waves and run_deletion.
#include <algorithm>

#include "control/execute.h"
#include "control/stages.h"

namespace plumb {
namespace {

// Not less: a target that says nothing is found out by then.
constexpr Duration kLeastForTarget = std::chrono::seconds(30);

ExecuteOptions options_of(const Cluster& cluster, const AppEntry& app, Priority priority) {
  ExecuteOptions options;
  options.priority = priority;
  const Duration timeout = app.spec.timeout;
  options.deadline = Deadline::in(
      cluster.connection == kOwnConnection ? timeout : std::max(timeout, kLeastForTarget));
  options.impersonate = acts_as(app.spec);
  return options;
}

Priority priority_of(const AppEntry& app, const WorkItem& item) {
  switch (item.lane) {
    case Lane::heal:
      return item.whole ? Priority::commit : Priority::heal;
    case Lane::commit:
      return app.inventory.empty() ? Priority::first_sync : Priority::commit;
    case Lane::first_sync:
      return Priority::first_sync;
    case Lane::sweep:
      return Priority::sweep;
  }
  return Priority::sweep;
}

bool is_done(const StepOutcome& step) {
  return std::holds_alternative<AppliedOutcome>(step.outcome) ||
         std::holds_alternative<DeletedOutcome>(step.outcome) ||
         std::holds_alternative<ReleasedOutcome>(step.outcome);
}

bool deletes(const Wave& wave) {
  for (const Step& step : wave.steps) {
    if (std::holds_alternative<DeleteAction>(step.action)) return true;
  }
  return false;
}

// The first of `keys` that is not healthy, as text; "" when all are.
std::string first_unhealthy(const Cluster& cluster, const std::vector<ObjectKey>& keys) {
  const Observed now = cluster.live.observe(keys);
  for (const ObjectKey& key : keys) {
    const LiveObject* object = now.find(key);
    if (object == nullptr) return key.display() + " is not in the cluster yet";
    if (object->health.status == HealthStatus::current) continue;
    const std::string why =
        object->health.message.empty() ? to_string(object->health.status) : object->health.message;
    return key.display() + ": " + why;
  }
  return {};
}

// A newer commit, or another spec, makes waiting for this one pointless.
bool superseded(World& world, const AppEntry& app, const Plan& plan) {
  const std::shared_ptr<const AppEntry> now = world.registry.app(app.spec.key);
  if (!now || now->spec.generation != app.spec.generation || now->spec.deleting) return true;
  const auto repository = world.registry.repository(app.spec.repository);
  const auto* planned =
      plan.provenance ? std::get_if<VerifiedRevision>(&*plan.provenance) : nullptr;
  return repository && repository->good && planned != nullptr &&
         repository->good->verified.revision().commit != planned->revision().commit;
}

void skip_rest(Applied& applied, const Plan& plan, size_t from, const std::string& why) {
  for (size_t i = from; i < plan.waves.size(); ++i) {
    for (const Step& step : plan.waves[i].steps) {
      if (std::holds_alternative<KeepAction>(step.action)) continue;
      if (std::holds_alternative<RefuseAction>(step.action)) continue;
      applied.steps.push_back({step.key,
                               step.reason,
                               SkippedOutcome{why},
                               step.manifest ? step.manifest->origin.position() : Position{},
                               {},
                               {}});
    }
  }
}

// Another app of the repository may want what this one lets go.
bool others_may_want(World& world, const AppEntry& app, const Plan& plan) {
  const auto* planned =
      plan.provenance ? std::get_if<VerifiedRevision>(&*plan.provenance) : nullptr;
  return planned != nullptr &&
         world.registry.must_wait_for_claims(app.spec.key, planned->revision().commit);
}

bool defines_kinds(const Wave& wave) {
  for (const Step& step : wave.steps) {
    if (step.key.kind == "CustomResourceDefinition") return true;
  }
  return false;
}

// What is wanted and must not be applied: prunes wait for it. A removal that is held for a person
// holds no other.
std::string first_refused(const Plan& plan) {
  for (const Wave& wave : plan.waves) {
    for (const Step& step : wave.steps) {
      if (std::holds_alternative<RefuseAction>(step.action) && step.manifest) {
        return step.key.display();
      }
    }
  }
  return {};
}

std::optional<Error> refusal_of_all(const Applied& refusals, const std::vector<Step>& refused) {
  std::vector<std::string> names;
  bool lasting = false;
  for (const StepOutcome& step : refusals.steps) {
    names.push_back(step.key.display());
    const Retry retry = std::get<FailedOutcome>(step.outcome).error.retry();
    lasting = lasting || retry == Retry::permanent || retry == Retry::denied;
  }
  for (const Step& step : refused) {
    if (!step.manifest) continue;
    names.push_back(step.key.display());
    lasting = true;
  }
  if (names.empty()) return std::nullopt;
  std::string what = "nothing of this revision is applied: " + names.front();
  if (names.size() > 1) what += " and " + std::to_string(names.size() - 1) + " more";
  return Error(kNothingApplied, what + " would be refused (spec.apply: atomic)",
               lasting ? Retry::permanent : Retry::transient);
}

}  // namespace

Rehearsal rehearse_turn(const Cluster& cluster, const AppEntry& app, const WorkItem& item,
                        const ApprovedPlan& plan) {
  const bool whole = item.whole || !app.accepted;
  if (app.spec.apply != ApplyMode::atomic || !whole) return {};
  Applied refusals{rehearse(cluster.client, cluster.live, plan,
                            options_of(cluster, app, priority_of(app, item)))};
  std::optional<Error> refused = refusal_of_all(refusals, refused_steps(plan.plan()));
  return {std::move(refusals), std::move(refused)};
}

Progress run_waves(World& world, const Cluster& cluster, const AppEntry& app, const WorkItem& item,
                   const ApprovedPlan& plan) {
  Progress progress;
  const Plan& steps = plan.plan();
  const ExecuteOptions options = options_of(cluster, app, priority_of(app, item));
  std::string failed = first_refused(steps);
  for (size_t i = 0; i < steps.waves.size(); ++i) {
    const Wave& wave = steps.waves[i];
    if (i > 0 && superseded(world, app, plan.plan())) {
      progress.waiting_for = "the turn of a newer commit or spec";
    } else if (!failed.empty() && deletes(wave)) {
      progress.waiting_for = failed + " to be applied before anything is pruned";
    } else if (deletes(wave) && others_may_want(world, app, steps)) {
      progress.waiting_for = "the other apps of its repository to claim what they want";
    } else {
      progress.waiting_for = first_unhealthy(cluster, wave.after);
    }
    if (!progress.waiting_for.empty()) {
      skip_rest(progress.applied, steps, i, "waits for " + progress.waiting_for);
      return progress;
    }
    std::vector<StepOutcome> outcomes =
        execute_wave(cluster.client, cluster.live, plan, i, options);
    for (StepOutcome& outcome : outcomes) {
      if (failed.empty() && !is_done(outcome)) failed = outcome.key.display();
      progress.applied.steps.push_back(std::move(outcome));
    }
    if (defines_kinds(wave)) cluster.live.refresh_catalog();
  }
  progress.complete = failed.empty();
  return progress;
}

Applied run_deletion(const Cluster& cluster, const AppEntry& app, const ApprovedPlan& plan) {
  Applied applied;
  const ExecuteOptions options = options_of(cluster, app, Priority::commit);
  for (size_t i = 0; i < plan.plan().waves.size(); ++i) {
    std::vector<StepOutcome> outcomes =
        execute_wave(cluster.client, cluster.live, plan, i, options);
    bool done = true;
    for (StepOutcome& outcome : outcomes) {
      done = done && is_done(outcome);
      applied.steps.push_back(std::move(outcome));
    }
    // The reverse order holds: what is deleted earlier is gone before the next wave begins.
    if (!done) break;
  }
  return applied;
}

Applied release_all(const Inventory& inventory) {
  Applied out;
  for (const InventoryEntry& entry : inventory.entries()) {
    out.steps.push_back({entry.key, StepReason::app_deleted, ReleasedOutcome{}, {}, {}, {}});
  }
  return out;
}

}  // namespace plumb
