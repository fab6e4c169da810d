#include "control/dependencies.h"

#include <algorithm>

#include "base/text.h"

namespace plumb {
namespace {

std::string ready_text(const AppEntry& app) {
  for (const Condition& condition : app.status.brief().conditions) {
    if (condition.type == "Ready" && condition.status != "True") return condition.message;
  }
  return "it was not applied at the newest commit yet";
}

// "a -> b -> a", where following dependsOn from the app leads back to it. Each app is looked at
// once.
std::string cycle_of(const Registry& registry, const AppKey& start) {
  std::map<AppKey, AppKey> reached_from;
  std::vector<AppKey> open{start};
  while (!open.empty()) {
    const AppKey key = open.back();
    open.pop_back();
    const std::shared_ptr<const AppEntry> entry = registry.any_app(key);
    if (!entry) continue;
    for (const AppKey& next : entry->spec.depends_on) {
      if (!reached_from.try_emplace(next, key).second) continue;
      if (next != start) {
        open.push_back(next);
        continue;
      }
      std::vector<std::string> path{start.display()};
      for (AppKey at = key; at != start; at = reached_from.at(at)) path.push_back(at.display());
      path.push_back(start.display());
      std::reverse(path.begin(), path.end());
      return join(path, " -> ");
    }
  }
  return {};
}

Error not_ready(const std::string& what) {
  return Error(kDependencyNotReady, what, Retry::transient);
}

}  // namespace

Dependencies dependencies_of(const Registry& registry, const AppEntry& app) {
  Dependencies out;
  for (const AppKey& key : app.spec.depends_on) {
    const std::optional<bool> ready = registry.ready_at_newest(key);
    if (ready.value_or(false)) continue;
    out.met = false;
    if (std::string cycle = cycle_of(registry, app.spec.key); !cycle.empty()) {
      out.unmet = Error(kDependencyCycle, "apps depend on each other: " + cycle)
                      .with_help("remove one of them from spec.dependsOn of another");
      return out;
    }
    if (!ready) continue;
    const std::shared_ptr<const AppEntry> entry = registry.any_app(key);
    if (!entry) {
      out.unmet = not_ready("App " + key.display() + " does not exist")
                      .with_help("create it, or remove it from spec.dependsOn");
    } else {
      out.unmet = not_ready("App " + key.display() + " is not ready: " + ready_text(*entry))
                      .with_help("plumb why " + key.name + " -n " + key.namespace_);
    }
    return out;
  }
  return out;
}

std::optional<Error> dependents_left(const Registry& registry, const AppEntry& app) {
  for (const AppKey& key : registry.dependents_of(app.spec.key)) {
    const std::shared_ptr<const AppEntry> entry = registry.any_app(key);
    if (!entry || !entry->spec.deleting || key == app.spec.key) continue;
    if (!cycle_of(registry, app.spec.key).empty()) return std::nullopt;
    return Error(kDependentsLeft,
                 "App " + key.display() + ", which depends on this one, is still being deleted",
                 Retry::transient);
  }
  return std::nullopt;
}

}  // namespace plumb
