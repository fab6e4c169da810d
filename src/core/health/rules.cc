// Kinds that are neither workloads nor pods, and the table of all rules.
#include "core/health/rules.h"

#include <map>

namespace plumb::health {

Health always_current(const Value&) {
  return current();
}

Health assess_claim(const Value& object) {
  const std::string phase = object.string_at({"status", "phase"});
  if (phase == "Bound") return current();
  if (phase == "Lost") return failed("the volume of the claim is lost");
  return in_progress("the claim is not bound, its phase is " + (phase.empty() ? "unknown" : phase));
}

Health assess_volume(const Value& object) {
  if (object.string_at({"status", "phase"}) != "Failed") return current();
  const std::string message = object.string_at({"status", "message"});
  return failed("the volume's phase is Failed" + (message.empty() ? "" : ": " + message));
}

// As kstatus: an external address is not waited for, since many clusters never hand one out.
Health assess_service(const Value& object) {
  if (object.string_at({"spec", "type"}) != "LoadBalancer") return current();
  if (!object.string_at({"spec", "clusterIP"}).empty()) return current();
  return in_progress("spec.clusterIP is not assigned yet");
}

Health assess_definition(const Value& object) {
  const ConditionView names = condition(object, "NamesAccepted");
  if (names.is_false()) return failed("names are not accepted: " + names.text("a conflict"));
  const ConditionView established = condition(object, "Established");
  if (established.is_true()) return current();
  if (established.is_false() && established.reason != "Installing") {
    return failed("not established: " + established.text("unknown cause"));
  }
  return in_progress("the definition is not established yet");
}

Health assess_namespace(const Value& object) {
  if (object.string_at({"status", "phase"}) != "Terminating") return current();
  return {HealthStatus::terminating, "the namespace is being deleted"};
}

Health assess_api_service(const Value& object) {
  const ConditionView available = condition(object, "Available");
  if (available.is_true()) return current();
  return in_progress("condition Available is not True: " + available.text("not set yet"));
}

// Its controller has computed the allowed disruptions once it observed the generation.
Health assess_disruption_budget(const Value& object) {
  if (object.integer_at({"status", "observedGeneration"})) return current();
  return in_progress("its controller has not seen it yet");
}

Rule rule_of(const GroupKind& kind) {
  static const std::map<GroupKind, Rule> kRules{
      {{"", "ConfigMap"}, always_current},
      {{"", "Namespace"}, assess_namespace},
      {{"", "PersistentVolume"}, assess_volume},
      {{"", "PersistentVolumeClaim"}, assess_claim},
      {{"", "Pod"}, assess_pod},
      {{"", "Secret"}, always_current},
      {{"", "Service"}, assess_service},
      {{"apiextensions.k8s.io", "CustomResourceDefinition"}, assess_definition},
      {{"apiregistration.k8s.io", "APIService"}, assess_api_service},
      {{"apps", "DaemonSet"}, assess_daemon_set},
      {{"apps", "Deployment"}, assess_deployment},
      {{"apps", "ReplicaSet"}, assess_replica_set},
      {{"apps", "StatefulSet"}, assess_stateful_set},
      {{"batch", "CronJob"}, always_current},
      {{"batch", "Job"}, assess_job},
      {{"policy", "PodDisruptionBudget"}, assess_disruption_budget},
  };
  const auto at = kRules.find(kind);
  return at == kRules.end() ? nullptr : at->second;
}

}  // namespace plumb::health
