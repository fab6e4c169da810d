// The nouns of Kubernetes: kinds, keys of objects, where an object was written (Origin), and the
// names of our own labels, annotations and field manager. Values; thread safe.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <tuple>

#include "base/result.h"
#include "lang/value/value.h"

namespace plumb {

inline constexpr const char* kFieldManager = "plumb";
// On every object we apply: the app's name and namespace. Watches select on the first. The labels
// tell people and watches who manages an object; what may be pruned is decided by the inventory
// alone, never by a label.
inline constexpr const char* kAppLabel = "plumb.dev/app";
inline constexpr const char* kAppNamespaceLabel = "plumb.dev/app-namespace";
inline constexpr const char* kFinalizer = "plumb.dev/finalizer";
// On an App or Repository: a new value asks for a turn now (Flux: reconcile.fluxcd.io/requestedAt).
inline constexpr const char* kSyncRequestedAnnotation = "plumb.dev/sync-requested-at";
// On an App: the commit whose held prunes a person has confirmed.
inline constexpr const char* kConfirmPruneAnnotation = "plumb.dev/confirm-prune";
// On an App: the cluster that a person has confirmed as its new one.
inline constexpr const char* kConfirmTargetAnnotation = "plumb.dev/confirm-target";
// On a Repository: the shard that it and its Apps belong to (core/spec/shard.h).
inline constexpr const char* kShardLabel = "plumb.dev/shard";
// On a manifest.
inline constexpr const char* kPruneAnnotation = "plumb.dev/prune";  // "disabled" | "confirm"
inline constexpr const char* kReplaceAnnotation =
    "plumb.dev/replace";  // "on-immutable": delete and create
inline constexpr const char* kWaveAnnotation = "plumb.dev/wave";

struct GroupKind {
  std::string group;  // "" for core
  std::string kind;
  friend auto operator<=>(const GroupKind&, const GroupKind&) = default;
};

struct GroupVersionKind {
  std::string group;
  std::string version;
  std::string kind;
  [[nodiscard]] GroupKind group_kind() const { return {group, kind}; }
  [[nodiscard]] std::string api_version() const {
    return group.empty() ? version : group + "/" + version;
  }
  friend auto operator<=>(const GroupVersionKind&, const GroupVersionKind&) = default;
};

// "apps/v1", "Deployment" -> {apps, v1, Deployment}.
[[nodiscard]] GroupVersionKind make_gvk(std::string_view api_version, std::string_view kind);

// Identity of an object in a cluster, whatever version it is read at. namespace_ is "" for
// cluster-scoped kinds.
struct ObjectKey {
  std::string group;
  std::string kind;
  std::string namespace_;
  std::string name;

  [[nodiscard]] GroupKind group_kind() const { return {group, kind}; }
  // "Deployment/web in prod" is for people: "apps/Deployment prod/web".
  [[nodiscard]] std::string display() const;
  // "prod_web_apps_Deployment": Flux's inventory id form; parse_object_id reads it back.
  [[nodiscard]] std::string id() const;
  friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
};

[[nodiscard]] Result<ObjectKey> parse_object_id(std::string_view id);

// "prod/web": a namespaced custom resource of ours.
struct NamespacedName {
  std::string namespace_;
  std::string name;
  [[nodiscard]] std::string display() const { return namespace_ + "/" + name; }
  friend auto operator<=>(const NamespacedName&, const NamespacedName&) = default;
};
struct AppKey : NamespacedName {
  friend auto operator<=>(const AppKey&, const AppKey&) = default;
};
struct RepositoryKey : NamespacedName {
  friend auto operator<=>(const RepositoryKey&, const RepositoryKey&) = default;
};

// The key of an object's body, from its apiVersion, kind and metadata. Missing parts are "".
[[nodiscard]] ObjectKey key_of(const Value& body);
[[nodiscard]] GroupVersionKind gvk_of(const Value& body);
[[nodiscard]] std::string label_of(const Value& body, std::string_view name);       // "" if absent
[[nodiscard]] std::string annotation_of(const Value& body, std::string_view name);  // "" if absent
// What the annotations of an object say of its deletion, when it left the source and when its App
// is deleted. The stricter one counts of ours (plumb.dev/prune, for both), Flux's
// (kustomize.toolkit.fluxcd.io/prune: disabled, for both), Helm's (helm.sh/resource-policy: keep,
// for both) and Argo CD's (argocd.argoproj.io/sync-options: Prune=false for both, Prune=confirm,
// Delete=false, Delete=confirm).
enum class DeletionRule : uint8_t { allowed, confirm, disabled };
struct DeletionRules {
  DeletionRule prune = DeletionRule::allowed;
  DeletionRule with_app = DeletionRule::allowed;
  friend bool operator==(const DeletionRules&, const DeletionRules&) = default;
};
[[nodiscard]] DeletionRules deletion_rules_of(const Value& body);
[[nodiscard]] bool is_secret(
    const ObjectKey& key);  // core/Secret: its values never leave the program

}  // namespace plumb

template <>
struct std::hash<plumb::ObjectKey> {
  size_t operator()(const plumb::ObjectKey& k) const noexcept {
    const std::hash<std::string> h;
    size_t seed = h(k.name);
    for (const std::string* part : {&k.namespace_, &k.kind, &k.group}) {
      seed ^= h(*part) + 0x9e3779b97f4a7c15ull + (seed << 6) + (seed >> 2);
    }
    return seed;
  }
};
template <>
struct std::hash<plumb::AppKey> {
  size_t operator()(const plumb::AppKey& k) const noexcept {
    return std::hash<std::string>()(k.namespace_ + "/" + k.name);
  }
};
template <>
struct std::hash<plumb::RepositoryKey> {
  size_t operator()(const plumb::RepositoryKey& k) const noexcept {
    return std::hash<std::string>()(k.namespace_ + "/" + k.name);
  }
};
