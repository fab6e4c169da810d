// The transformers that rename, place, label and resize objects. Each changes the objects in place.
// Behaviour of kustomize api v0.21.1 (internal/builtins, filters). Not thread safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/render/kustomize/config.h"
#include "core/render/kustomize/kustomization.h"
#include "core/render/kustomize/resource.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kNoSuchReplica{1008, "KustomizeReplicaNotFound"};

struct ImageChange {
  std::string name;  // a regular expression, as there
  std::string new_name = {};
  std::string new_tag = {};
  std::string digest = {};
  std::string tag_suffix = {};

  [[nodiscard]] static ImageChange of(const Value& value);
};

// Which subjects of role bindings move along with the namespace.
enum class Subjects { named_default, service_accounts, none };

struct Placement {
  std::string name_space;
  Subjects subjects = Subjects::named_default;
  bool unset_only = false;  // leaves fields that have a value
};

[[nodiscard]] Result<void> add_prefix(Resources& resources, const std::string& prefix,
                                      const FieldSpecs& specs);
[[nodiscard]] Result<void> add_suffix(Resources& resources, const std::string& suffix,
                                      const FieldSpecs& specs);
[[nodiscard]] Result<void> set_namespace(Resources& resources, const Placement& placement,
                                         const FieldSpecs& specs);
// Of one object, without regard for others.
[[nodiscard]] Result<void> place(Resource& resource, const Placement& placement,
                                 const FieldSpecs& specs);
// Labels and annotations: entries of the maps at the fields.
[[nodiscard]] Result<void> set_entries(Resources& resources, const TextMap& entries,
                                       const FieldSpecs& specs);
[[nodiscard]] Result<void> set_image(Resources& resources, const ImageChange& change,
                                     const FieldSpecs& specs);
[[nodiscard]] Result<void> set_replicas(Resources& resources, const std::string& name,
                                        int64_t count, const FieldSpecs& specs);

}  // namespace plumb::rendering::kustomize
