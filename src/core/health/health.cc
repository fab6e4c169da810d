#include "core/health/health.h"

#include <algorithm>

#include "core/health/workloads.h"

namespace plumb {
namespace {

Health current() { return {HealthStatus::current, ""}; }

const Value* condition_of(const Value& object, std::string_view type) {
  const Value* conditions = object.find_path({"status", "conditions"});
  const List* list = conditions == nullptr ? nullptr : conditions->as_list();
  if (list == nullptr) return nullptr;
  for (const Value& condition : *list) {
    if (condition.string_at({"type"}) == type) return &condition;
  }
  return nullptr;
}

std::string text_of(const Value& condition) {
  const std::string message = condition.string_at({"message"});
  return message.empty() ? condition.string_at({"reason"}) : message;
}

Health assess_terminating(const Value& object) {
  std::string message = "is being deleted";
  const Value* finalizers = object.find_path({"metadata", "finalizers"});
  if (finalizers != nullptr && finalizers->is_list() && !finalizers->as_list()->empty()) {
    message += "; waits for finalizers";
    for (const Value& name : *finalizers->as_list()) {
      if (name.is_string()) message += " " + *name.as_string();
    }
  }
  return {HealthStatus::terminating, message};
}

// Rules that hold for every kind: kstatus' generic.go. Nothing to say is nullopt.
std::optional<Health> assess_generic(const Value& object) {
  const auto generation = object.integer_at({"metadata", "generation"});
  const auto observed = object.integer_at({"status", "observedGeneration"});
  if (generation && observed && *observed != *generation) {
    return Health{HealthStatus::in_progress, "its controller has not seen the newest spec yet"};
  }
  if (const Value* stalled = condition_of(object, "Stalled")) {
    if (stalled->string_at({"status"}) == "True") {
      return Health{HealthStatus::failed, text_of(*stalled)};
    }
  }
  if (const Value* moving = condition_of(object, "Reconciling")) {
    if (moving->string_at({"status"}) == "True") {
      return Health{HealthStatus::in_progress, text_of(*moving)};
    }
  }
  return std::nullopt;
}

Health assess_ready_condition(const Value& object) {
  const Value* ready = condition_of(object, "Ready");
  if (ready == nullptr) return current();
  const std::string status = ready->string_at({"status"});
  if (status == "True") return current();
  return {HealthStatus::in_progress, "Ready is " + status + ": " + text_of(*ready)};
}

Health assess_definition(const Value& object) {
  if (const Value* names = condition_of(object, "NamesAccepted")) {
    if (names->string_at({"status"}) == "False") return {HealthStatus::failed, text_of(*names)};
  }
  if (const Value* established = condition_of(object, "Established")) {
    if (established->string_at({"status"}) == "True") return current();
    if (established->string_at({"reason"}) != "Installing") {
      return {HealthStatus::failed, text_of(*established)};
    }
  }
  return {HealthStatus::in_progress, "the definition is not established yet"};
}

Health assess_namespace(const Value& object) {
  if (object.string_at({"status", "phase"}) == "Terminating") {
    return {HealthStatus::terminating, "the namespace is being deleted"};
  }
  return current();
}

Health assess_service(const Value& object) {
  if (object.string_at({"spec", "type"}) != "LoadBalancer") return current();
  const Value* ingress = object.find_path({"status", "loadBalancer", "ingress"});
  const bool assigned = ingress != nullptr && ingress->is_list() && !ingress->as_list()->empty();
  if (assigned || !object.string_at({"spec", "clusterIP"}).empty()) return current();
  return {HealthStatus::in_progress, "the load balancer has no address yet"};
}

Health assess_claim(const Value& object) {
  const std::string phase = object.string_at({"status", "phase"});
  if (phase == "Bound") return current();
  if (phase == "Lost") return {HealthStatus::failed, "its volume is lost"};
  return {HealthStatus::in_progress, "PersistentVolumeClaim is " + (phase.empty() ? "Pending" : phase)};
}

Health assess_disruption_budget(const Value& object) {
  if (object.integer_at({"status", "observedGeneration"})) return current();
  return {HealthStatus::in_progress, "not observed by its controller yet"};
}

using Rule = Health (*)(const Value&);
struct KindRule {
  std::string_view group;
  std::string_view kind;
  Rule rule;
};
constexpr KindRule kRules[] = {
    {"apps", "Deployment", assess_deployment},
    {"apps", "StatefulSet", assess_stateful_set},
    {"apps", "DaemonSet", assess_daemon_set},
    {"apps", "ReplicaSet", assess_replica_set},
    {"", "Pod", assess_pod},
    {"batch", "Job", assess_job},
    {"", "Namespace", assess_namespace},
    {"", "Service", assess_service},
    {"", "PersistentVolumeClaim", assess_claim},
    {"policy", "PodDisruptionBudget", assess_disruption_budget},
    {"apiextensions.k8s.io", "CustomResourceDefinition", assess_definition},
};

// Worst first: what people have to look at.
int severity(HealthStatus status) {
  switch (status) {
    case HealthStatus::failed: return 5;
    case HealthStatus::missing: return 4;
    case HealthStatus::terminating: return 3;
    case HealthStatus::in_progress: return 2;
    case HealthStatus::unknown: return 1;
    case HealthStatus::current: return 0;
  }
  return 0;
}

}  // namespace

Health assess(const Value& object) {
  if (!object.string_at({"metadata", "deletionTimestamp"}).empty()) {
    return assess_terminating(object);
  }
  if (std::optional<Health> generic = assess_generic(object)) return std::move(*generic);
  const GroupVersionKind gvk = gvk_of(object);
  for (const KindRule& known : kRules) {
    if (known.group == gvk.group && known.kind == gvk.kind) return known.rule(object);
  }
  return assess_ready_condition(object);
}

HealthReport summarise_health(std::vector<ObjectHealth> objects) {
  std::stable_sort(objects.begin(), objects.end(), [](const auto& a, const auto& b) {
    return severity(a.health.status) > severity(b.health.status);
  });
  HealthReport report;
  if (!objects.empty()) report.overall = objects.front().health.status;
  report.objects = std::move(objects);
  return report;
}

}  // namespace plumb
