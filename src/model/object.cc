#include "model/object.h"

#include <algorithm>

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

DeletionRules deletion_rules_of(const Value& body) {
  DeletionRules rules;
  const auto prune = [&](DeletionRule rule) { rules.prune = std::max(rules.prune, rule); };
  const auto with_app = [&](DeletionRule rule) { rules.with_app = std::max(rules.with_app, rule); };
  const auto both = [&](DeletionRule rule) {
    prune(rule);
    with_app(rule);
  };
  const std::string ours = annotation_of(body, kPruneAnnotation);
  if (ours == "disabled") both(DeletionRule::disabled);
  if (ours == "confirm") both(DeletionRule::confirm);
  if (to_lower(annotation_of(body, "kustomize.toolkit.fluxcd.io/prune")) == "disabled" ||
      to_lower(trim(annotation_of(body, "helm.sh/resource-policy"))) == "keep") {
    both(DeletionRule::disabled);
  }
  for (const std::string& given :
       split(annotation_of(body, "argocd.argoproj.io/sync-options"), ',')) {
    const std::string_view option = trim(given);
    if (option == "Prune=false") both(DeletionRule::disabled);
    if (option == "Prune=confirm") prune(DeletionRule::confirm);
    if (option == "Delete=false") with_app(DeletionRule::disabled);
    if (option == "Delete=confirm") with_app(DeletionRule::confirm);
  }
  return rules;
}

bool is_secret(const ObjectKey& key) {
  return key.group.empty() && key.kind == "Secret";
}

}  // namespace plumb
