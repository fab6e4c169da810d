#include "core/plan/prepare.h"

#include <algorithm>
#include <map>
#include <optional>

#include "core/plan/ignore.h"
#include "lang/json/json.h"

namespace plumb {
namespace {

// Scopes that definitions among the manifests give to kinds the cluster does not serve yet.
std::map<GroupKind, bool> defined_scopes(const Manifests& manifests) {
  std::map<GroupKind, bool> scopes;
  for (const Manifest& manifest : manifests.objects) {
    if (manifest.key.kind != "CustomResourceDefinition") continue;
    scopes[{manifest.body.string_at({"spec", "group"}),
            manifest.body.string_at({"spec", "names", "kind"})}] =
        manifest.body.string_at({"spec", "scope"}) == "Namespaced";
  }
  return scopes;
}

std::optional<bool> is_namespaced(const Manifest& manifest, const ApiCatalog& catalog,
                                  const std::map<GroupKind, bool>& defined) {
  const GroupKind kind = manifest.key.group_kind();
  if (const ApiResource* resource = catalog.find_any(kind)) return resource->namespaced;
  const auto at = defined.find(kind);
  return at == defined.end() ? std::nullopt : std::optional(at->second);
}

Manifest prepared(const Manifest& manifest, std::optional<bool> namespaced,
                  const PrepareOptions& options) {
  Manifest out = manifest;
  if (namespaced.has_value() && !*namespaced) {
    out.body.erase_path({"metadata", "namespace"});
    out.key.namespace_.clear();
  } else if (namespaced.value_or(!options.target_namespace.empty()) && out.key.namespace_.empty()) {
    // As kubectl: what names no namespace goes to the one that was asked for, else to "default".
    out.key.namespace_ = options.target_namespace.empty() ? "default" : options.target_namespace;
    out.body.set_path({"metadata", "namespace"}, out.key.namespace_);
  }
  out.body.set_path({"metadata", "labels", kAppLabel}, options.app.name);
  out.body.set_path({"metadata", "labels", kAppNamespaceLabel}, options.app.namespace_);
  return out;
}

}  // namespace

Result<Manifests> prepare(const Manifests& manifests, const ApiCatalog& catalog,
                          const PrepareOptions& options) {
  const std::map<GroupKind, bool> defined = defined_scopes(manifests);
  Manifests out;
  out.warnings = manifests.warnings;
  out.read_set = manifests.read_set;
  out.objects.reserve(manifests.objects.size());
  std::map<ObjectKey, Position> seen;
  IgnoreTargets ignore(options.ignore);
  Sha256 digest;
  for (const Manifest& manifest : manifests.objects) {
    Manifest one = prepared(manifest, is_namespaced(manifest, catalog, defined), options);
    const auto [at, is_new] = seen.try_emplace(one.key, one.origin.position());
    if (!is_new) {
      return Error(kSameObject, one.key.display() +
                                    " stands in the source twice, once with and "
                                    "once without its namespace; first at " +
                                    to_string(at->second))
          .at(one.origin.position())
          .with_help("remove one of the two");
    }
    const std::string text = json::write(one.body);
    one.ignored = ignore.fields_of(one);
    one.desired =
        fingerprint(one.ignored.empty() ? text : text + "\n" + canonical_text(one.ignored));
    digest.field(text);
    out.objects.push_back(std::move(one));
  }
  if (!out.objects.empty()) {
    for (Warning& warning : ignore.unused()) out.warnings.push_back(std::move(warning));
  }
  out.digest = digest.finish();
  return out;
}

Fingerprint identity_of(const Manifests& prepared) {
  std::vector<const Manifest*> objects;
  objects.reserve(prepared.objects.size());
  for (const Manifest& one : prepared.objects) objects.push_back(&one);
  std::sort(objects.begin(), objects.end(),
            [](const Manifest* a, const Manifest* b) { return a->key < b->key; });
  Sha256 digest;
  for (const Manifest* one : objects) {
    digest.field(one->key.id());
    digest.field(is_secret(one->key) ? one->api_version : one->desired.hex());
  }
  return fingerprint(digest.finish());
}

}  // namespace plumb
