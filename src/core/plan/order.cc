#include "core/plan/order.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "core/plan/plan.h"

namespace plumb {
namespace {

constexpr const char* kArgoWaveAnnotation = "argocd.argoproj.io/sync-wave";

// Helm v3 pkg/release/util/kind_sorter.go, InstallOrder.
constexpr std::array<std::string_view, 36> kInstallOrder{"PriorityClass",
                                                         "Namespace",
                                                         "NetworkPolicy",
                                                         "ResourceQuota",
                                                         "LimitRange",
                                                         "PodSecurityPolicy",
                                                         "PodDisruptionBudget",
                                                         "ServiceAccount",
                                                         "Secret",
                                                         "SecretList",
                                                         "ConfigMap",
                                                         "StorageClass",
                                                         "PersistentVolume",
                                                         "PersistentVolumeClaim",
                                                         "CustomResourceDefinition",
                                                         "ClusterRole",
                                                         "ClusterRoleList",
                                                         "ClusterRoleBinding",
                                                         "ClusterRoleBindingList",
                                                         "Role",
                                                         "RoleList",
                                                         "RoleBinding",
                                                         "RoleBindingList",
                                                         "Service",
                                                         "DaemonSet",
                                                         "Pod",
                                                         "ReplicationController",
                                                         "ReplicaSet",
                                                         "Deployment",
                                                         "HorizontalPodAutoscaler",
                                                         "StatefulSet",
                                                         "Job",
                                                         "CronJob",
                                                         "IngressClass",
                                                         "Ingress",
                                                         "APIService"};

// Cluster-wide things that others name: they are there at once, so the stage costs no waiting.
constexpr std::array<std::string_view, 8> kClasses{
    "PriorityClass", "StorageClass",       "IngressClass",        "RuntimeClass",
    "ClusterRole",   "ClusterRoleBinding", "VolumeSnapshotClass", "GatewayClass"};

}  // namespace

ApplyStage stage_of(const GroupKind& kind) {
  if (kind.kind == "Namespace" && kind.group.empty()) return ApplyStage::definitions;
  if (kind.kind == "CustomResourceDefinition") return ApplyStage::definitions;
  if (std::find(kClasses.begin(), kClasses.end(), kind.kind) != kClasses.end()) {
    return ApplyStage::classes;
  }
  return ApplyStage::rest;
}

int kind_order(const GroupKind& kind) {
  const auto at = std::find(kInstallOrder.begin(), kInstallOrder.end(), kind.kind);
  return static_cast<int>(at - kInstallOrder.begin());
}

Result<Rank> rank_of(const Manifest& manifest) {
  Rank rank{0, stage_of(manifest.key.group_kind())};
  std::string text = annotation_of(manifest.body, kWaveAnnotation);
  const char* name = kWaveAnnotation;
  if (text.empty()) {
    text = annotation_of(manifest.body, kArgoWaveAnnotation);
    name = kArgoWaveAnnotation;
  }
  if (text.empty()) return rank;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, rank.wave);
  if (error != std::errc() || stopped != end) {
    return Error(kBadWave,
                 std::string(name) + " of " + manifest.key.display() + " is not a whole number")
        .at(manifest.position_of({"metadata", "annotations", name}))
        .with_help("use a number in quotes, like \"-1\" or \"5\"");
  }
  return rank;
}

}  // namespace plumb
