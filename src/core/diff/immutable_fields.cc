#include "core/diff/immutable_fields.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace plumb {
namespace {

struct Rule {
  std::string_view group;
  std::string_view kind;
  std::string_view path;         // immutable, with all below it
  std::string_view except = {};  // but these, separated by spaces; "*" is any one part
};

constexpr std::string_view kStatefulSetMutable =
    "spec.replicas spec.ordinals spec.template spec.updateStrategy "
    "spec.minReadySeconds "
    "spec.persistentVolumeClaimRetentionPolicy spec.revisionHistoryLimit";
constexpr std::string_view kPodMutable =
    "spec.containers.*.image spec.initContainers.*.image "
    "spec.activeDeadlineSeconds "
    "spec.tolerations spec.terminationGracePeriodSeconds spec.schedulingGates";
constexpr std::string_view kClaimMutable =
    "spec.resources spec.volumeAttributesClassName spec.volumeName";

constexpr std::array<Rule, 37> kRules{{
    {"apps", "Deployment", "spec.selector"},
    {"apps", "ReplicaSet", "spec.selector"},
    {"apps", "DaemonSet", "spec.selector"},
    {"apps", "StatefulSet", "spec", kStatefulSetMutable},
    {"batch", "Job", "spec.selector"},
    {"batch", "Job", "spec.template"},
    {"batch", "Job", "spec.completionMode"},
    {"batch", "Job", "spec.podFailurePolicy"},
    {"batch", "Job", "spec.backoffLimitPerIndex"},
    {"batch", "Job", "spec.managedBy"},
    {"batch", "Job", "spec.successPolicy"},
    {"", "Pod", "spec", kPodMutable},
    {"", "PersistentVolumeClaim", "spec", kClaimMutable},
    {"", "PersistentVolume", "spec.csi"},
    {"", "PersistentVolume", "spec.nfs"},
    {"", "PersistentVolume", "spec.local"},
    {"", "PersistentVolume", "spec.hostPath"},
    {"", "PersistentVolume", "spec.volumeMode"},
    {"", "Secret", "type"},
    {"", "ResourceQuota", "spec.scopes"},
    {"storage.k8s.io", "StorageClass", "provisioner"},
    {"storage.k8s.io", "StorageClass", "parameters"},
    {"storage.k8s.io", "StorageClass", "reclaimPolicy"},
    {"storage.k8s.io", "StorageClass", "volumeBindingMode"},
    {"storage.k8s.io", "VolumeAttributesClass", "driverName"},
    {"storage.k8s.io", "VolumeAttributesClass", "parameters"},
    {"storage.k8s.io", "CSIDriver", "spec.attachRequired"},
    {"rbac.authorization.k8s.io", "RoleBinding", "roleRef"},
    {"rbac.authorization.k8s.io", "ClusterRoleBinding", "roleRef"},
    {"scheduling.k8s.io", "PriorityClass", "value"},
    {"scheduling.k8s.io", "PriorityClass", "preemptionPolicy"},
    {"networking.k8s.io", "IngressClass", "spec.controller"},
    {"node.k8s.io", "RuntimeClass", "handler"},
    {"discovery.k8s.io", "EndpointSlice", "addressType"},
    {"apiextensions.k8s.io", "CustomResourceDefinition", "spec.group"},
    {"apiextensions.k8s.io", "CustomResourceDefinition", "spec.scope"},
    {"apiextensions.k8s.io", "CustomResourceDefinition", "spec.names.kind"},
}};

using Path = std::vector<std::string>;

// Whether the pattern is the path, or stands above or below it.
bool touches(std::string_view pattern, const Path& path) {
  const std::vector<std::string> parts = split(pattern, '.');
  for (size_t i = 0; i < std::min(parts.size(), path.size()); ++i) {
    if (parts[i] != "*" && parts[i] != path[i]) return false;
  }
  return true;
}

// Whether the path is the pattern's or below it.
bool is_below(std::string_view pattern, const Path& path) {
  return path.size() >= split(pattern, '.').size() && touches(pattern, path);
}

bool breaks(const Rule& rule, const Path& path) {
  if (!touches(rule.path, path)) return false;
  if (rule.except.empty()) return true;
  // A change of the whole "spec" of something that has one is not how manifests
  // are edited.
  const std::vector<std::string> exceptions = split(rule.except, ' ');
  return std::none_of(exceptions.begin(), exceptions.end(),
                      [&](const std::string& one) { return is_below(one, path); });
}

// Where a Job that is suspended, and so has not begun, may still be sent.
bool is_open_now(const Manifest& before, const Path& path) {
  constexpr std::array<std::string_view, 6> kOpen{
      "spec.template.metadata.labels",  "spec.template.metadata.annotations",
      "spec.template.spec.affinity",    "spec.template.spec.nodeSelector",
      "spec.template.spec.tolerations", "spec.template.spec.schedulingGates"};
  return before.key.kind == "Job" && before.body.bool_at({"spec", "suspend"}) &&
         std::any_of(kOpen.begin(), kOpen.end(),
                     [&](std::string_view one) { return is_below(one, path); });
}

bool breaks_service(const Manifest& before, const Manifest& after, const FieldChange& change) {
  if (!change.after) return false;  // the server keeps what it has
  for (const Manifest* one : {&before, &after}) {
    if (one->body.string_at({"spec", "type"}) == "ExternalName") return false;
  }
  return touches("spec.clusterIP", change.after_at) || touches("spec.clusterIPs", change.after_at);
}

// Secrets and ConfigMaps that say of themselves that they do not change.
bool breaks_promise(const Manifest& before, const Path& path) {
  const bool may =
      before.key.group.empty() && (before.key.kind == "Secret" || before.key.kind == "ConfigMap");
  if (!may || !before.body.bool_at({"immutable"})) return false;
  return !path.empty() && (path[0] == "data" || path[0] == "binaryData" ||
                           path[0] == "stringData" || path[0] == "immutable");
}

// resource.Quantity of Kubernetes: "10Gi", "1e3", "500M".
std::optional<double> quantity(const Value* value) {
  if (value == nullptr) return std::nullopt;
  if (value->as_integer() != nullptr) return static_cast<double>(*value->as_integer());
  if (value->as_number() != nullptr) return *value->as_number();
  const std::string* text = value->as_string();
  if (text == nullptr) return std::nullopt;
  double number = 0;
  const char* end = text->data() + text->size();
  const auto read = std::from_chars(text->data(), end, number);
  if (read.ec != std::errc()) return std::nullopt;
  const std::string_view suffix(read.ptr, static_cast<size_t>(end - read.ptr));
  if (suffix.empty()) return number;
  if (suffix == "m") return number / 1000;
  constexpr std::string_view kSteps = "kMGTPE";
  const char letter = suffix[0] == 'K' ? 'k' : suffix[0];
  const size_t step = kSteps.find(letter);
  if (step == std::string_view::npos) return std::nullopt;
  const double base = suffix.ends_with("i") ? 1024 : 1000;
  return number * std::pow(base, static_cast<double>(step + 1));
}

}  // namespace

bool is_immutable(const Manifest& before, const Manifest& after, const FieldChange& change) {
  const Path& path = change.after ? change.after_at : change.before_at;
  if (breaks_promise(before, path)) return true;
  if (is_open_now(before, path)) return false;
  const ObjectKey& key = after.key;
  if (key.group.empty() && key.kind == "Service") return breaks_service(before, after, change);
  return std::any_of(kRules.begin(), kRules.end(), [&](const Rule& rule) {
    return rule.group == key.group && rule.kind == key.kind && breaks(rule, path);
  });
}

bool shrinks_storage(const Manifest& before, const Manifest& after) {
  const auto storage = [](const Manifest& one) {
    return quantity(one.body.find_path({"spec", "resources", "requests", "storage"}));
  };
  const std::optional<double> old = storage(before);
  const std::optional<double> now = storage(after);
  return after.key.group.empty() && after.key.kind == "PersistentVolumeClaim" && old && now &&
         *now < *old;
}

}  // namespace plumb
