#include "model/object.h"

#include "base/text.h"

namespace plumb {

GroupVersionKind make_gvk(std::string_view api_version, std::string_view kind) {
  const size_t slash = api_version.find('/');
  if (slash == std::string_view::npos) return {"", std::string(api_version), std::string(kind)};
  return {std::string(api_version.substr(0, slash)), std::string(api_version.substr(slash + 1)),
          std::string(kind)};
}

std::string ObjectKey::display() const {
  const std::string type = group.empty() ? kind : group + "/" + kind;
  return type + " " + (namespace_.empty() ? name : namespace_ + "/" + name);
}

std::string ObjectKey::id() const {
  return namespace_ + "_" + name + "_" + group + "_" + kind;
}

// Namespaces, groups and kinds hold no underscore; names of RBAC objects may, so the name is what
// stands between the first separator and the last two.
Result<ObjectKey> parse_object_id(std::string_view id) {
  std::vector<std::string> parts = split(id, '_');
  if (parts.size() >= 4) {
    ObjectKey key{parts[parts.size() - 2], parts.back(), parts.front(), {}};
    key.name = join({parts.begin() + 1, parts.end() - 2}, "_");
    if (!key.name.empty() && !key.kind.empty()) return key;
  }
  return Error(kInvalidArgument, "\"" + escape_terminal(id) + "\" is not an inventory id")
      .with_help("the form is namespace_name_group_kind");
}

GroupVersionKind gvk_of(const Value& body) {
  return make_gvk(body.string_at({"apiVersion"}), body.string_at({"kind"}));
}

ObjectKey key_of(const Value& body) {
  GroupVersionKind gvk = gvk_of(body);
  return {std::move(gvk.group), std::move(gvk.kind), body.string_at({"metadata", "namespace"}),
          body.string_at({"metadata", "name"})};
}

std::string label_of(const Value& body, std::string_view name) {
  return body.string_at({"metadata", "labels", name});
}

std::string annotation_of(const Value& body, std::string_view name) {
  return body.string_at({"metadata", "annotations", name});
}

PruneRule prune_rule_of(const Value& body) {
  const std::string ours = annotation_of(body, kPruneAnnotation);
  if (ours == "disabled") return PruneRule::disabled;
  if (to_lower(annotation_of(body, "kustomize.toolkit.fluxcd.io/prune")) == "disabled") {
    return PruneRule::disabled;
  }
  PruneRule rule = ours == "confirm" ? PruneRule::confirm : PruneRule::allowed;
  for (const std::string& option :
       split(annotation_of(body, "argocd.argoproj.io/sync-options"), ',')) {
    if (trim(option) == "Prune=false") return PruneRule::disabled;
    if (trim(option) == "Prune=confirm") rule = PruneRule::confirm;
  }
  return rule;
}

bool is_secret(const ObjectKey& key) {
  return key.group.empty() && key.kind == "Secret";
}

}  // namespace plumb
