#include "core/health/health.h"

#include <algorithm>

#include "base/text.h"
#include "core/health/rules.h"

namespace plumb {
namespace {

using namespace health;

Health terminating(const Value& object) {
  std::vector<std::string> names;
  for (const Value& item : list_at(object, {"metadata", "finalizers"})) {
    if (const std::string* name = item.as_string()) names.push_back(*name);
  }
  std::string message = "is being deleted";
  if (!names.empty()) message += "; waits for finalizers " + join(names, ", ");
  return {HealthStatus::terminating, std::move(message)};
}

// The conditions Reconciling and Stalled, of whatever kind; the first that is True decides.
std::optional<Health> by_standard_conditions(const Value& object) {
  for (const Value& item : list_at(object, {"status", "conditions"})) {
    if (item.string_at({"status"}) != "True") continue;
    const std::string type = item.string_at({"type"});
    const ConditionView view{"True", item.string_at({"reason"}), item.string_at({"message"})};
    if (type == "Reconciling") return in_progress(view.text("is reconciling"));
    if (type == "Stalled") return failed(view.text("is stalled"));
  }
  return std::nullopt;
}

// Kinds without a rule: the convention of a condition Ready. Without one the object is as it should
// be.
Health by_ready_condition(const Value& object) {
  const ConditionView ready = condition(object, "Ready");
  if (ready.status.empty() || ready.is_true()) return current();
  return in_progress("condition Ready is " + ready.status + ": " + ready.text("no message"));
}

int badness(HealthStatus status) {
  switch (status) {
    case HealthStatus::current:
      return 0;
    case HealthStatus::in_progress:
      return 1;
    case HealthStatus::unknown:
      return 2;
    case HealthStatus::terminating:
      return 3;
    case HealthStatus::missing:
      return 4;
    case HealthStatus::failed:
      return 5;
  }
  return 0;
}

}  // namespace

Health assess(const Value& object) {
  if (!object.string_at({"metadata", "deletionTimestamp"}).empty()) return terminating(object);
  const std::optional<int64_t> generation = object.integer_at({"metadata", "generation"});
  const std::optional<int64_t> observed = object.integer_at({"status", "observedGeneration"});
  if (generation && observed && *generation != *observed) {
    return in_progress("generation " + std::to_string(*generation) +
                       " is not observed yet by its controller, which is at " +
                       std::to_string(*observed));
  }
  if (std::optional<Health> standard = by_standard_conditions(object)) return *standard;
  const Rule rule = rule_of(gvk_of(object).group_kind());
  return rule != nullptr ? rule(object) : by_ready_condition(object);
}

HealthReport summarise_health(std::vector<ObjectHealth> objects) {
  std::stable_sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) {
    return badness(a.health.status) > badness(b.health.status);
  });
  HealthReport report;
  if (!objects.empty()) report.overall = objects.front().health.status;
  report.objects = std::move(objects);
  return report;
}

}  // namespace plumb
