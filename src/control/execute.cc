#include "control/execute.h"

#include <memory>
#include <set>

#include "base/mutex.h"
#include "base/overloaded.h"
#include "core/plan/ignore.h"
#include "core/render/refused_field.h"

namespace plumb {
namespace {

// Outcomes of requests in flight: the network thread fills them in, the turn waits for the last.
// Shared with the callbacks, since the last of them may still be leaving `finish` when the waiter
// goes on.
class Gathering {
 public:
  explicit Gathering(size_t size) : outcomes_(size), missing_(size) {}

  void finish(size_t index, Outcome outcome) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    outcomes_[index] = std::move(outcome);
    if (--missing_ == 0) all_done_.notify_all();
  }

  [[nodiscard]] std::vector<Outcome> wait() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (missing_ > 0) all_done_.wait(mutex_);
    std::vector<Outcome> out;
    for (std::optional<Outcome>& outcome : outcomes_) out.push_back(std::move(*outcome));
    return out;
  }

 private:
  Mutex mutex_;
  CondVar all_done_;
  std::vector<std::optional<Outcome>> outcomes_ GUARDED_BY(mutex_);
  size_t missing_ GUARDED_BY(mutex_);
};

struct Executor {
  ClusterClient& client;
  LiveStore& live;
  const AppKey& app;
  const ExecuteOptions& options;

  [[nodiscard]] ApplyOptions apply_options() const {
    ApplyOptions out;
    out.priority = options.priority;
    out.impersonate = options.impersonate;
    out.deadline = options.deadline;
    return out;
  }
  [[nodiscard]] RemoveOptions remove_options(std::string uid) const {
    RemoveOptions out;
    out.uid = std::move(uid);
    out.impersonate = options.impersonate;
    out.priority = options.priority;
    out.deadline = options.deadline;
    return out;
  }

  void apply(const Step& step, const ApplyAction& action, size_t index,
             const std::shared_ptr<Gathering>& gathering) const;
  [[nodiscard]] Result<Value> body_of(const ApiResource& resource, const Step& step) const;
  [[nodiscard]] Result<LiveApplied> apply_without_ignored(const ApiResource& resource,
                                                          const Step& step,
                                                          const ApplyAction& action) const;
  void rehearse(const Step& step, size_t index, const std::shared_ptr<Gathering>& gathering) const;
  void remove(const Step& step, const DeleteAction& action, size_t index,
              const std::shared_ptr<Gathering>& gathering) const;
  [[nodiscard]] Outcome recreate(const Step& step, const ApplyAction& action,
                                 const Error& refused) const;
};

Outcome outcome_of(Result<LiveApplied> result, const Step& step) {
  if (!result) return FailedOutcome{std::move(result).error()};
  const GroupVersionKind gvk = make_gvk(step.manifest->api_version, step.key.kind);
  return AppliedOutcome{result->record, gvk.version, result->changed, result->recreated};
}

void Executor::apply(const Step& step, const ApplyAction& action, size_t index,
                     const std::shared_ptr<Gathering>& gathering) const {
  const GroupVersionKind gvk = make_gvk(step.manifest->api_version, step.key.kind);
  Result<ApiResource> resource = client.resource_of(gvk);
  if (!resource) return gathering->finish(index, FailedOutcome{std::move(resource).error()});
  if (!step.manifest->ignored.empty()) {
    return gathering->finish(index,
                             outcome_of(apply_without_ignored(*resource, step, action), step));
  }
  live.apply(app, *resource, step.key, step.manifest->body, action.desired, apply_options(),
             [gathering, index, step](Result<LiveApplied> result) {
               gathering->finish(index, outcome_of(std::move(result), step));
             });
}

// The body as it is sent. What is left to others depends on who owns it now: then the object is
// read first, and the body is for exactly that version of it.
Result<Value> Executor::body_of(const ApiResource& resource, const Step& step) const {
  if (step.manifest->ignored.empty()) return step.manifest->body;
  const Result<Value> now = client.get(resource, step.key, options.deadline);
  if (!now && now.error().code() != kObjectNotFound) return now.error();
  if (!now) return step.manifest->body;
  Value body = without_ignored(step.manifest->body, *now, step.manifest->ignored);
  body.set_path({"metadata", "resourceVersion"}, now->string_at({"metadata", "resourceVersion"}));
  return body;
}

Result<LiveApplied> Executor::apply_without_ignored(const ApiResource& resource, const Step& step,
                                                    const ApplyAction& action) const {
  constexpr int kAttempts = 5;
  for (int attempt = 1;; ++attempt) {
    const Value body = TRY(body_of(resource, step));
    Result<LiveApplied> applied =
        live.apply(app, resource, step.key, body, action.desired, apply_options());
    const bool again = !applied && applied.error().code() == kObjectConflict;
    if (!again || attempt == kAttempts) return applied;
  }
}

void Executor::rehearse(const Step& step, size_t index,
                        const std::shared_ptr<Gathering>& gathering) const {
  const GroupVersionKind gvk = make_gvk(step.manifest->api_version, step.key.kind);
  const Result<ApiResource> resource = client.resource_of(gvk);
  if (!resource) return gathering->finish(index, FailedOutcome{resource.error()});
  const Result<Value> body = body_of(*resource, step);
  if (!body) return gathering->finish(index, FailedOutcome{body.error()});
  ApplyOptions rehearsal = apply_options();
  rehearsal.dry_run = true;
  client.apply(*resource, step.key, *body, rehearsal,
               [gathering, index, step](const Result<Value>& result) {
                 const bool fine =
                     result || (step.recreate_allowed && result.error().code() == kImmutableField);
                 fine ? gathering->finish(index, ReleasedOutcome{})
                      : gathering->finish(index, FailedOutcome{result.error()});
               });
}

void Executor::remove(const Step& step, const DeleteAction& action, size_t index,
                      const std::shared_ptr<Gathering>& gathering) const {
  Result<ApiResource> resource =
      client.resource_of({step.key.group, action.version, step.key.kind});
  if (!resource) {
    // A kind that is no longer served has no objects left: its definition is gone.
    if (resource.error().code() == kKindNotServed) {
      return gathering->finish(index, DeletedOutcome{});
    }
    return gathering->finish(index, FailedOutcome{std::move(resource).error()});
  }
  live.forget(step.key);
  client.remove(*resource, step.key, remove_options(action.uid),
                [gathering, index](Result<RemoveOutcome> result) {
                  if (!result) {
                    gathering->finish(index, FailedOutcome{std::move(result).error()});
                  } else if (result->state == RemoveOutcome::State::gone) {
                    gathering->finish(index, DeletedOutcome{});
                  } else {
                    gathering->finish(index, DeletingOutcome{std::move(result->finalizers)});
                  }
                });
}

// Delete and create, where an annotation allows it and the server refused the change of an
// immutable field.
Outcome Executor::recreate(const Step& step, const ApplyAction& action,
                           const Error& refused) const {
  const GroupVersionKind gvk = make_gvk(step.manifest->api_version, step.key.kind);
  Result<ApiResource> resource = client.resource_of(gvk);
  if (!resource) return FailedOutcome{std::move(resource).error()};
  const Observed now = live.observe({step.key});
  const LiveObject* object = now.find(step.key);
  if (object == nullptr) return FailedOutcome{refused};
  live.forget(step.key);
  Result<RemoveOutcome> removed = client.remove(*resource, step.key, remove_options(object->uid));
  if (!removed) return FailedOutcome{std::move(removed).error()};
  if (removed->state == RemoveOutcome::State::deleting) {
    return FailedOutcome{Error(kObjectConflict,
                               step.key.display() + " is being deleted to be created again",
                               Retry::transient)};
  }
  Outcome outcome = outcome_of(
      live.apply(app, *resource, step.key, step.manifest->body, action.desired, apply_options()),
      step);
  if (auto* applied = std::get_if<AppliedOutcome>(&outcome)) applied->recreated = true;
  return outcome;
}

Position position_of(const Step& step) {
  return step.manifest ? step.manifest->origin.position() : Position{};
}

// Of a refusal that names a field: where the field stands, and what was probably meant.
StepOutcome outcome_of_step(const Step& step, Outcome outcome) {
  StepOutcome out{step.key,          step.reason, std::move(outcome),
                  position_of(step), step.detail, step.rival};
  auto* const failed = std::get_if<FailedOutcome>(&out.outcome);
  if (failed == nullptr || step.manifest == nullptr) return out;
  const FieldComplaint complaint = complaint_of(failed->error);
  if (complaint.field.empty()) return out;
  const RefusedField field = look_up_refused(*step.manifest, complaint.field, complaint.what);
  out.position = field.position;
  if (failed->error.help().empty() && !field.help.empty()) {
    failed->error = failed->error.with_help(field.help);
  }
  return out;
}

// The applies of a plan that the server can judge before anything is applied.
std::vector<const Step*> rehearsable(const Plan& plan) {
  std::set<GroupKind> kinds;
  std::set<std::string> namespaces;
  std::vector<const Step*> all;
  for (const Wave& wave : plan.waves) {
    for (const Step& step : wave.steps) {
      if (!std::holds_alternative<ApplyAction>(step.action)) continue;
      all.push_back(&step);
      const Value& body = step.manifest->body;
      if (step.key.kind == "CustomResourceDefinition") {
        kinds.insert(
            {body.string_at({"spec", "group"}), body.string_at({"spec", "names", "kind"})});
      }
      if (step.key.kind == "Namespace" && step.key.group.empty()) namespaces.insert(step.key.name);
    }
  }
  std::erase_if(all, [&](const Step* step) {
    return kinds.contains(step->key.group_kind()) || namespaces.contains(step->key.namespace_);
  });
  return all;
}

}  // namespace

std::vector<StepOutcome> execute_wave(ClusterClient& client, LiveStore& live,
                                      const ApprovedPlan& plan, size_t wave,
                                      const ExecuteOptions& options) {
  const Executor executor{client, live, plan.plan().app, options};
  std::vector<const Step*> steps;
  for (const Step& step : plan.plan().waves.at(wave).steps) {
    if (std::holds_alternative<KeepAction>(step.action)) continue;
    if (std::holds_alternative<RefuseAction>(step.action)) continue;
    steps.push_back(&step);
  }
  const auto gathering = std::make_shared<Gathering>(steps.size());
  for (size_t i = 0; i < steps.size(); ++i) {
    const Step& step = *steps[i];
    std::visit(overloaded{
                   [&](const ApplyAction& action) { executor.apply(step, action, i, gathering); },
                   [&](const DeleteAction& action) { executor.remove(step, action, i, gathering); },
                   [&](const ReleaseAction&) {
                     live.forget(step.key);
                     gathering->finish(i, ReleasedOutcome{});
                   },
                   [&](const KeepAction&) {},
                   [&](const RefuseAction&) {},
               },
               step.action);
  }
  std::vector<Outcome> outcomes = gathering->wait();
  std::vector<StepOutcome> out;
  for (size_t i = 0; i < steps.size(); ++i) {
    const auto* failed = std::get_if<FailedOutcome>(&outcomes[i]);
    const auto* action = std::get_if<ApplyAction>(&steps[i]->action);
    if (failed != nullptr && action != nullptr && steps[i]->recreate_allowed &&
        failed->error.code() == kImmutableField) {
      outcomes[i] = executor.recreate(*steps[i], *action, Error(failed->error));
    }
    out.push_back(outcome_of_step(*steps[i], std::move(outcomes[i])));
  }
  return out;
}

std::vector<StepOutcome> rehearse(ClusterClient& client, LiveStore& live, const ApprovedPlan& plan,
                                  const ExecuteOptions& options) {
  const Executor executor{client, live, plan.plan().app, options};
  const std::vector<const Step*> steps = rehearsable(plan.plan());
  const auto gathering = std::make_shared<Gathering>(steps.size());
  for (size_t i = 0; i < steps.size(); ++i) executor.rehearse(*steps[i], i, gathering);
  std::vector<Outcome> outcomes = gathering->wait();
  std::vector<StepOutcome> out;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (!std::holds_alternative<FailedOutcome>(outcomes[i])) continue;
    out.push_back(outcome_of_step(*steps[i], std::move(outcomes[i])));
  }
  return out;
}

}  // namespace plumb
