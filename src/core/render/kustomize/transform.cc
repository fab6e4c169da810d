#include "core/render/kustomize/transform.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "core/render/kustomize/field_walk.h"

namespace plumb::rendering::kustomize {
namespace {

// Kinds whose names are given by what they stand for.
bool keeps_name(const Gvk& gvk) {
  return gvk.is_selected("", "", "CustomResourceDefinition") ||
         gvk.is_selected("apiregistration.k8s.io", "", "APIService") ||
         gvk.is_selected("", "", "Namespace");
}

Result<void> set_text(Value& field, const std::string& text) {
  if (field.is_map() || field.is_list()) return Error(kFieldShape, "expected a single value");
  field = Value(text);
  return {};
}

template <class Change>
Result<void> rename(Resources& resources, const FieldSpecs& specs, const Change& change) {
  for (Resource& resource : resources) {
    const ResourceId id = resource.original_id();
    if (keeps_name(id.gvk)) continue;
    for (const FieldSpec& spec : specs) {
      if (id.gvk.is_selected(spec.group, spec.version, spec.kind)) TRY(change(resource, spec));
    }
  }
  return {};
}

bool is_role_binding(std::string_view kind) {
  return kind == "RoleBinding" || kind == "ClusterRoleBinding";
}

Result<void> set_place(Value& field, const Placement& placement) {
  if (placement.unset_only && !field.is_null() && !scalar_text(field).empty()) return {};
  return set_text(field, placement.name_space);
}

bool moves(const Value& subject, Subjects which) {
  if (which == Subjects::none) return false;
  if (which == Subjects::named_default) return subject.string_at({"name"}) == "default";
  return subject.string_at({"kind"}) == "ServiceAccount";
}

Result<void> place_subjects(Resource& resource, const Placement& placement) {
  const Value* const subjects = resource.value.find("subjects");
  if (subjects == nullptr || subjects->is_null() || placement.subjects == Subjects::none) return {};
  if (!subjects->is_list()) return field_shape(resource, "subjects", "expected a list");
  for (Value& subject : resource.value.mutable_map().find("subjects")->mutable_list()) {
    if (!moves(subject, placement.subjects)) continue;
    if (subject.find("namespace") == nullptr) subject.set("namespace", "");
    Result<void> done = set_place(*subject.mutable_map().find("namespace"), placement);
    if (!done) return field_shape(resource, "subjects/namespace", done.error().message());
  }
  return {};
}

}  // namespace

Result<void> place(Resource& resource, const Placement& placement, const FieldSpecs& specs) {
  const auto change = [&](Value& field) { return set_place(field, placement); };
  const Gvk gvk = resource.gvk();
  if (!gvk.is_cluster_scoped()) {
    const FieldSpec field{"", "", "", "metadata/namespace", true};
    TRY(change_fields(resource, field, Create::scalar, change));
  }
  const bool binds = is_role_binding(gvk.kind);
  if (binds) TRY(place_subjects(resource, placement));
  const bool is_v1 = resource.value.string_at({"apiVersion"}) == "v1";
  for (const FieldSpec& spec : specs) {
    if (spec.path == "metadata/namespace" || (!is_v1 && spec.path == "metadata/name")) continue;
    if (binds && is_role_binding(spec.kind) && spec.path == "subjects/namespace") continue;
    TRY(change_fields(resource, spec, Create::scalar, change));
  }
  return {};
}

Result<void> add_prefix(Resources& resources, const std::string& prefix, const FieldSpecs& specs) {
  return rename(resources, specs, [&](Resource& resource, const FieldSpec& spec) {
    if (spec.path == "metadata/name" && !prefix.empty()) {
      resource.prefixes.push_back(prefix);
      resource.remember_id();
    }
    return change_fields(resource, spec, Create::scalar, [&](Value& field) {
      return set_text(field, prefix + scalar_text(field));
    });
  });
}

Result<void> add_suffix(Resources& resources, const std::string& suffix, const FieldSpecs& specs) {
  return rename(resources, specs, [&](Resource& resource, const FieldSpec& spec) {
    if (spec.path == "metadata/name" && !suffix.empty()) {
      resource.suffixes.push_back(suffix);
      resource.remember_id();
    }
    return change_fields(resource, spec, Create::scalar, [&](Value& field) {
      return set_text(field, scalar_text(field) + suffix);
    });
  });
}

Result<void> set_namespace(Resources& resources, const Placement& placement,
                           const FieldSpecs& specs) {
  if (placement.name_space.empty()) return {};
  std::map<std::string, int> present;
  for (const Resource& resource : resources) ++present[resource.id().key()];
  for (Resource& resource : resources) {
    --present[resource.id().key()];
    resource.remember_id();
    TRY(place(resource, placement, specs));
    if (++present[resource.id().key()] == 1) continue;
    return Error(kIdConflict, "in namespace \"" + escape_terminal(shorten(placement.name_space)) +
                                  "\" there would be two of " + resource.id().display())
        .at({resource.origin.file, resource.origin.line, 0})
        .with_help(
            "rename one of them, or place them in namespaces by kustomizations of their own");
  }
  return {};
}

Result<void> set_entries(Resources& resources, const TextMap& entries, const FieldSpecs& specs) {
  for (Resource& resource : resources) {
    for (const FieldSpec& spec : specs) {
      if (entries.empty()) continue;
      TRY(change_fields(resource, spec, Create::map, [&](Value& field) -> Result<void> {
        if (!field.is_map()) return Error(kFieldShape, "expected a map");
        for (const auto& [key, value] : entries) field.set(key, value);
        return {};
      }));
    }
  }
  return {};
}

Result<void> set_replicas(Resources& resources, const std::string& name, int64_t count,
                          const FieldSpecs& specs) {
  bool found = false;
  for (const FieldSpec& spec : specs) {
    for (Resource& resource : resources) {
      std::vector<ResourceId> ids = resource.previous_ids();
      ids.push_back(resource.id());
      const bool fits = std::any_of(ids.begin(), ids.end(), [&](const ResourceId& id) {
        return id.name == name && id.gvk.is_selected(spec.group, spec.version, spec.kind);
      });
      if (!fits) continue;
      found = true;
      TRY(change_fields(resource, spec, Create::scalar, [&](Value& field) -> Result<void> {
        if (field.is_map() || field.is_list()) return Error(kFieldShape, "expected a number");
        field = field.is_quoted() ? field.with_text(std::to_string(count)) : Value(count);
        return {};
      }));
    }
  }
  if (found) return {};
  return Error(kNoSuchReplica, "replicas: nothing that can be scaled is named \"" +
                                   escape_terminal(shorten(name)) + "\"")
      .with_help("names are those of the files, without prefix and suffix");
}

}  // namespace plumb::rendering::kustomize
