#include "core/diff/risks.h"

#include <map>

#include "core/diff/immutable_fields.h"
#include "model/spec.h"

namespace plumb {
namespace {

bool is_kind(const Manifest& manifest, const char* group, const char* kind) {
  return manifest.key.group == group && manifest.key.kind == kind;
}

bool is_definition(const Manifest& manifest) {
  return is_kind(manifest, "apiextensions.k8s.io", "CustomResourceDefinition");
}

bool may_be_replaced(const Manifest& manifest) {
  return annotation_of(manifest.body, kReplaceAnnotation) == "on-immutable" ||
         annotation_of(manifest.body, "kustomize.toolkit.fluxcd.io/force") == "Enabled";
}

Risk immutable_risk(const Manifest& before, const Manifest& after, const FieldChange& change) {
  const std::string field = change.path.empty() ? "the whole object" : change.path;
  const Position position =
      change.after ? after.position_of(change.after_at) : before.position_of(change.before_at);
  if (may_be_replaced(after)) {
    return {"Replaced", field + " cannot be changed: the object is deleted and made anew",
            position};
  }
  return {"ImmutableField",
          field +
              " cannot be changed: the API server refuses it. Give the object another name, or "
              "the annotation plumb.dev/replace: on-immutable",
          position};
}

// Versions of a definition by name, and whether they are served.
std::map<std::string, bool> versions_of(const Manifest& definition) {
  std::map<std::string, bool> out;
  const Value* versions = definition.body.find_path({"spec", "versions"});
  if (versions == nullptr || versions->as_list() == nullptr) return out;
  for (const Value& version : *versions->as_list()) {
    out[version.string_at({"name"})] = version.bool_at({"served"});
  }
  return out;
}

void add_version_risks(const Manifest& before, const Manifest& after, std::vector<Risk>& out) {
  const std::map<std::string, bool> now = versions_of(after);
  for (const auto& [name, served] : versions_of(before)) {
    const auto at = now.find(name);
    if (!served || (at != now.end() && at->second)) continue;
    out.push_back({"VersionRemoved",
                   "version " + name +
                       " is not served any longer: who uses it fails, and objects "
                       "stored in it may be lost",
                   after.position_of({"spec", "versions"})});
  }
}

}  // namespace

std::vector<Risk> risks_of_change(const Manifest& before, const Manifest& after,
                                  const std::vector<FieldChange>& changes) {
  std::vector<Risk> out;
  for (const FieldChange& change : changes) {
    if (is_immutable(before, after, change)) out.push_back(immutable_risk(before, after, change));
  }
  if (shrinks_storage(before, after)) {
    out.push_back({"ImmutableField",
                   "spec.resources.requests.storage cannot shrink: the API server refuses it",
                   after.position_of({"spec", "resources", "requests", "storage"})});
  }
  if (is_definition(after)) add_version_risks(before, after, out);
  return out;
}

std::vector<Risk> risks_of_deletion(const Manifest& manifest) {
  const Position position = manifest.origin.position();
  if (is_kind(manifest, "", "Namespace")) {
    return {{"DeletesContents", "everything in the namespace goes with it", position}};
  }
  if (is_definition(manifest)) {
    return {{"DeletesContents",
             "every " + manifest.body.string_at({"spec", "names", "kind"}) +
                 " of the cluster goes with it",
             position}};
  }
  if (is_kind(manifest, "", "PersistentVolumeClaim")) {
    return {{"DeletesData", "its volume goes with it, unless the volume's reclaim policy is Retain",
             position}};
  }
  const bool drops_claims = manifest.body.string_at({"spec", "persistentVolumeClaimRetentionPolicy",
                                                     "whenDeleted"}) == "Delete";
  if (is_kind(manifest, "apps", "StatefulSet") && drops_claims) {
    return {
        {"DeletesData", "its claims and their volumes go with it (whenDeleted: Delete)", position}};
  }
  if (is_kind(manifest, kApiGroup, "App")) {
    return {{"DeletesContents",
             "all objects of the app go with it, unless its deletionPolicy is "
             "orphan",
             position}};
  }
  return {};
}

}  // namespace plumb
