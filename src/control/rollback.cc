#include "control/rollback.h"

#include "control/stages.h"
#include "core/status/rollback.h"

namespace plumb {
namespace {

const ApiResource kJobs{{"batch", "v1", "Job"}, "jobs", true};

// "" where the repository does not follow a branch: nothing can be pushed then.
std::string branch_of(const RepositoryEntry& repository) {
  constexpr std::string_view kHeads = "refs/heads/";
  const std::string& ref = repository.status.ref;
  return ref.starts_with(kHeads) ? ref.substr(kHeads.size()) : "";
}

}  // namespace

Result<std::optional<Notice>> order_rollback(World& world, const AppEntry& app, AppStatus& status,
                                             const Log& log) {
  const std::optional<RollbackOrder> order = rollback_due(app.spec, status, world.clock.wall());
  if (!order) return std::optional<Notice>();
  const auto repository = world.registry.repository(app.spec.repository);
  const std::string branch = repository ? branch_of(*repository) : "";
  if (branch.empty()) {
    log.warn("no rollback", {{"why", "the repository does not follow a branch"}});
    return std::optional<Notice>();
  }
  const Value job = rollback_job(app.spec, app.uid, {repository->spec.url, branch}, *order);
  const std::string name = job.string_at({"metadata", "name"});
  ApplyOptions options;
  options.deadline = Deadline::in(std::chrono::seconds(30));
  options.impersonate = acts_as(app.spec);
  const Result<Value> made =
      world.client.apply(kJobs, {"batch", "Job", app.spec.key.namespace_, name}, job, options);
  if (!made) {
    log.warn("no rollback", {{"error", made.error().summary()}});
    return made.error();
  }
  status.rollback = {order->revision, order->good.str(), name};
  log.info("rollback ordered",
           {{"revision", order->revision}, {"to", order->good.str()}, {"job", name}});
  return std::optional(Notice{true, "RollbackOrdered",
                              order->revision + " did not become healthy: Job " + name +
                                  " is to revert it to " + order->good.str().substr(0, 12),
                              std::nullopt});
}

}  // namespace plumb
