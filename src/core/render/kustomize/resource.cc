#include "core/render/kustomize/resource.h"

#include <unordered_set>
#include <utility>

#include "base/text.h"
#include "core/render/kustomize/tables/schema.h"
#include "lang/json/json.h"

namespace plumb::rendering::kustomize {
namespace {

constexpr std::string_view kNoNamespace = "_non_namespaceable_";

std::string metadata_text(const Value& object, std::string_view field) {
  const Value* const found = object.find_path({"metadata", field});
  return found == nullptr ? "" : scalar_text(*found);
}

}  // namespace

const SchemaDocument& Schemas::document(std::string_view api_version, std::string_view kind) const {
  if (custom == nullptr) return builtin_schema();
  if (builtin == Builtin::absent) return *custom;
  const SchemaDocument& first = builtin == Builtin::hidden ? *custom : builtin_schema();
  const SchemaDocument& second = builtin == Builtin::hidden ? builtin_schema() : *custom;
  return schema_of(first, api_version, kind) ? first : second;
}

Gvk Gvk::of(const std::string& api_version, std::string kind) {
  const size_t slash = api_version.find('/');
  Gvk out;
  if (slash != std::string::npos) out.group = api_version.substr(0, slash);
  out.version = api_version.substr(slash == std::string::npos ? 0 : slash + 1);
  out.kind = std::move(kind);
  return out;
}

std::string Gvk::api_version() const {
  return group.empty() ? version : group + "/" + version;
}

bool Gvk::is_selected(std::string_view g, std::string_view v, std::string_view k) const {
  return (g.empty() || g == group) && (v.empty() || v == version) && (k.empty() || k == kind);
}

bool Gvk::is_cluster_scoped() const {
  const Scope scope = scope_of(builtin_schema(), api_version(), kind);
  return (scope == Scope::unknown ? custom_scope : scope) == Scope::cluster;
}

std::string ResourceId::effective_namespace() const {
  if (gvk.is_cluster_scoped()) return std::string(kNoNamespace);
  return name_space.empty() ? "default" : name_space;
}

std::string ResourceId::key() const {
  std::string out = effective_namespace();
  for (const std::string* part : {&gvk.group, &gvk.version, &gvk.kind, &name}) {
    out += '\0';
    out += *part;
  }
  return out;
}

std::string ResourceId::display() const {
  std::string out = gvk.kind + " ";
  if (!name_space.empty()) out += name_space + "/";
  return escape_terminal(shorten(out + name, 160));
}

std::string Resource::name() const {
  return metadata_text(value, "name");
}
std::string Resource::name_space() const {
  return metadata_text(value, "namespace");
}
Gvk Resource::gvk() const {
  Gvk out = Gvk::of(value.string_at({"apiVersion"}), kind());
  if (schemas != nullptr && schemas->custom != nullptr) {
    out.custom_scope = scope_of(*schemas->custom, out.api_version(), out.kind);
  }
  return out;
}
ResourceId Resource::id() const {
  return {gvk(), name(), name_space()};
}

std::vector<ResourceId> Resource::previous_ids() const {
  std::vector<ResourceId> out = previous;
  const Gvk now = gvk();
  for (ResourceId& id : out) {
    id.gvk.group = now.group;
    id.gvk.version = now.version;
  }
  return out;
}

ResourceId Resource::original_id() const {
  if (previous.empty()) return id();
  ResourceId out = previous.front();
  const Gvk now = gvk();
  out.gvk.group = now.group;
  out.gvk.version = now.version;
  return out;
}

void Resource::remember_id() {
  ResourceId now = id();
  now.name_space = now.effective_namespace();
  previous.push_back(std::move(now));
}

Result<void> append_all(Resources& to, Resources more) {
  std::unordered_set<std::string> seen;
  for (const Resource& resource : to) seen.insert(resource.id().key());
  for (Resource& resource : more) {
    const ResourceId id = resource.id();
    if (!seen.insert(id.key()).second) {
      return Error(kIdConflict, id.display() + " is there already")
          .at({resource.origin.file, resource.origin.line, 0})
          .with_help("list it once, or change it with a patch");
    }
    to.push_back(std::move(resource));
  }
  return {};
}

std::string scalar_text(const Value& value) {
  if (const std::string* text = value.as_string()) return *text;
  if (const bool* flag = value.as_bool()) return *flag ? "true" : "false";
  if (const int64_t* integer = value.as_integer()) return std::to_string(*integer);
  std::string out;
  if (const double* number = value.as_number()) json::append_number(out, *number);
  return out;
}

void normalise_annotations(Value& object) {
  const Value* const found = object.find_path({"metadata", "annotations"});
  if (found == nullptr) return;
  const Map* const old = found->as_map();
  if (old == nullptr || old->empty()) {
    if (old != nullptr || found->is_null()) object.erase_path({"metadata", "annotations"});
    return;
  }
  std::vector<Member> members;
  bool changed = false;
  for (const Member& member : *old) {
    changed = changed || !member.value.is_string();
    members.push_back(
        {member.key, member.value.is_null() ? "null" : Value(scalar_text(member.value))});
  }
  if (changed) object.set_path({"metadata", "annotations"}, Value(Map(std::move(members))));
}

}  // namespace plumb::rendering::kustomize
