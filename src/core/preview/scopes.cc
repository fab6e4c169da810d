#include "core/preview/scopes.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace plumb {
namespace {

using Kind = std::pair<std::string_view, std::string_view>;

constexpr std::array<Kind, 42> kClusterScoped{{
    {"", "ComponentStatus"},
    {"", "Namespace"},
    {"", "Node"},
    {"", "PersistentVolume"},
    {"admissionregistration.k8s.io", "MutatingAdmissionPolicy"},
    {"admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"},
    {"admissionregistration.k8s.io", "MutatingWebhookConfiguration"},
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicy"},
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"},
    {"admissionregistration.k8s.io", "ValidatingWebhookConfiguration"},
    {"apiextensions.k8s.io", "CustomResourceDefinition"},
    {"apiregistration.k8s.io", "APIService"},
    {"authentication.k8s.io", "SelfSubjectReview"},
    {"authentication.k8s.io", "TokenReview"},
    {"authorization.k8s.io", "SelfSubjectAccessReview"},
    {"authorization.k8s.io", "SelfSubjectRulesReview"},
    {"authorization.k8s.io", "SubjectAccessReview"},
    {"certificates.k8s.io", "CertificateSigningRequest"},
    {"certificates.k8s.io", "ClusterTrustBundle"},
    {"flowcontrol.apiserver.k8s.io", "FlowSchema"},
    {"flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"},
    {"gateway.networking.k8s.io", "GatewayClass"},
    {"internal.apiserver.k8s.io", "StorageVersion"},
    {"networking.k8s.io", "IPAddress"},
    {"networking.k8s.io", "IngressClass"},
    {"networking.k8s.io", "ServiceCIDR"},
    {"node.k8s.io", "RuntimeClass"},
    {"plumb.dev", "TrustPolicy"},
    {"policy", "PodSecurityPolicy"},
    {"rbac.authorization.k8s.io", "ClusterRole"},
    {"rbac.authorization.k8s.io", "ClusterRoleBinding"},
    {"resource.k8s.io", "DeviceClass"},
    {"resource.k8s.io", "DeviceTaintRule"},
    {"resource.k8s.io", "ResourceSlice"},
    {"scheduling.k8s.io", "PriorityClass"},
    {"snapshot.storage.k8s.io", "VolumeSnapshotClass"},
    {"snapshot.storage.k8s.io", "VolumeSnapshotContent"},
    {"storage.k8s.io", "CSIDriver"},
    {"storage.k8s.io", "CSINode"},
    {"storage.k8s.io", "StorageClass"},
    {"storage.k8s.io", "VolumeAttachment"},
    {"storage.k8s.io", "VolumeAttributesClass"},
}};

// Groups of which all kinds that are not above live in a namespace.
constexpr std::array<std::string_view, 14> kBuiltInGroups{"",
                                                          "apps",
                                                          "autoscaling",
                                                          "batch",
                                                          "coordination.k8s.io",
                                                          "discovery.k8s.io",
                                                          "events.k8s.io",
                                                          "extensions",
                                                          "networking.k8s.io",
                                                          "policy",
                                                          "rbac.authorization.k8s.io",
                                                          "resource.k8s.io",
                                                          "storage.k8s.io",
                                                          "plumb.dev"};

}  // namespace

void Scopes::learn(const std::vector<Manifest>& manifests) {
  for (const Manifest& manifest : manifests) {
    if (manifest.key.kind != "CustomResourceDefinition") continue;
    defined_[{manifest.body.string_at({"spec", "group"}),
              manifest.body.string_at({"spec", "names", "kind"})}] =
        manifest.body.string_at({"spec", "scope"}) != "Cluster";
  }
}

std::optional<bool> Scopes::is_namespaced(const GroupKind& kind) const {
  const auto at = defined_.find(kind);
  if (at != defined_.end()) return at->second;
  const Kind wanted{kind.group, kind.kind};
  if (std::find(kClusterScoped.begin(), kClusterScoped.end(), wanted) != kClusterScoped.end()) {
    return false;
  }
  const bool built_in =
      std::find(kBuiltInGroups.begin(), kBuiltInGroups.end(), kind.group) != kBuiltInGroups.end();
  return built_in ? std::optional(true) : std::nullopt;
}

void place(std::vector<Manifest>& manifests, const Scopes& scopes,
           const std::string& target_namespace) {
  for (Manifest& manifest : manifests) {
    const std::optional<bool> namespaced = scopes.is_namespaced(manifest.key.group_kind());
    if (namespaced.has_value() && !*namespaced) {
      manifest.body.erase_path({"metadata", "namespace"});
      manifest.key.namespace_.clear();
    } else if (manifest.key.namespace_.empty() && !target_namespace.empty()) {
      manifest.key.namespace_ = target_namespace;
    }
  }
}

}  // namespace plumb
