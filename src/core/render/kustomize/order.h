// The order in which a build prints its objects: as read, or by kind (legacy, the default). Pure.
// Behaviour of kustomize api v0.21.1 (SortOrderTransformer).
#pragma once

#include <array>
#include <string_view>

#include "core/render/kustomize/resource.h"

namespace plumb::rendering::kustomize {

// The legacy order: these kinds, all others, and the last ones. Field specs are sorted by it, too.
inline constexpr std::array<std::string_view, 22> kFirstKinds = {"Namespace",
                                                                 "ResourceQuota",
                                                                 "StorageClass",
                                                                 "CustomResourceDefinition",
                                                                 "ServiceAccount",
                                                                 "PodSecurityPolicy",
                                                                 "Role",
                                                                 "ClusterRole",
                                                                 "RoleBinding",
                                                                 "ClusterRoleBinding",
                                                                 "ConfigMap",
                                                                 "Secret",
                                                                 "Endpoints",
                                                                 "Service",
                                                                 "LimitRange",
                                                                 "PriorityClass",
                                                                 "PersistentVolume",
                                                                 "PersistentVolumeClaim",
                                                                 "Deployment",
                                                                 "StatefulSet",
                                                                 "CronJob",
                                                                 "PodDisruptionBudget"};
inline constexpr std::array<std::string_view, 2> kLastKinds = {"MutatingWebhookConfiguration",
                                                               "ValidatingWebhookConfiguration"};

struct KindOrder {
  std::vector<std::string> first;
  std::vector<std::string> last;
};

[[nodiscard]] KindOrder default_kind_order();
void sort_by_kind(Resources& resources, const KindOrder& order);

}  // namespace plumb::rendering::kustomize
