// The decoding half of app_view.h: from the custom resource's fields.
#include "base/text.h"
#include "cmd/cli/text/app_view.h"

namespace plumb::cli {

namespace {

WallTime time_at(const Value& value, std::string_view field) {
  return parse_rfc3339(value.string_at({field})).value_or(WallTime{});
}

const List& list_at(const Value& value, std::string_view field) {
  static const List kEmpty;  // never changed
  const Value* found = value.find(field);
  return found != nullptr && found->as_list() != nullptr ? *found->as_list() : kEmpty;
}

std::vector<Condition> conditions_of(const Value& status) {
  std::vector<Condition> out;
  for (const Value& item : list_at(status, "conditions")) {
    out.push_back({.type = item.string_at({"type"}),
                   .status = item.string_at({"status"}),
                   .reason = item.string_at({"reason"}),
                   .message = item.string_at({"message"}),
                   .last_transition = time_at(item, "lastTransitionTime"),
                   .observed_generation = item.integer_at({"observedGeneration"}).value_or(0)});
  }
  return out;
}

ObjectKey object_of(const Value& item) {
  const std::string id = item.string_at({"id"});
  if (!id.empty()) return parse_object_id(id).value_or(ObjectKey{});
  return {item.string_at({"group"}), item.string_at({"kind"}), item.string_at({"namespace"}),
          item.string_at({"name"})};
}

Inventory inventory_of(const Value& status) {
  std::vector<InventoryEntry> entries;
  const Value* inventory = status.find("inventory");
  if (inventory == nullptr) return {};
  const List& list = inventory->is_list() ? *inventory->as_list() : list_at(*inventory, "entries");
  for (const Value& item : list) {
    std::string version = item.string_at({"version"});
    if (version.empty()) version = item.string_at({"v"});
    entries.push_back({object_of(item), std::move(version), std::nullopt});
  }
  return Inventory(std::move(entries));
}

AppStatus app_status_of(const Value& status) {
  AppStatus out;
  out.observed_generation = status.integer_at({"observedGeneration"}).value_or(0);
  out.conditions = conditions_of(status);
  out.last_attempted_revision = status.string_at({"lastAttemptedRevision"});
  out.last_applied_revision = status.string_at({"lastAppliedRevision"});
  out.last_handled_sync = status.string_at({"lastHandledSync"});
  out.applied = status.string_at({"applied"});
  out.health = status.string_at({"health"});
  for (const Value& item : list_at(status, "problems")) {
    out.problems.push_back({.key = object_of(item),
                            .reason = item.string_at({"reason"}),
                            .message = item.string_at({"message"}),
                            .position = item.string_at({"position"}),
                            .since = time_at(item, "since")});
  }
  for (const Value& item : list_at(status, "history")) {
    out.history.push_back({.revision = item.string_at({"revision"}),
                           .author = item.string_at({"author"}),
                           .subject = item.string_at({"subject"}),
                           .applied_at = time_at(item, "appliedAt"),
                           .duration_ms = item.integer_at({"durationMs"}).value_or(0),
                           .changed = static_cast<int>(item.integer_at({"changed"}).value_or(0)),
                           .pruned = static_cast<int>(item.integer_at({"pruned"}).value_or(0))});
  }
  out.inventory = inventory_of(status);
  return out;
}

// spec.repository: a name in the same namespace, or a map of name and namespace.
RepositoryKey repository_of(const Value& object, const std::string& namespace_) {
  const Value* reference = object.find_path({"spec", "repository"});
  RepositoryKey key;
  key.namespace_ = namespace_;
  if (reference == nullptr) return key;
  if (const std::string* name = reference->as_string()) {
    key.name = *name;
    return key;
  }
  key.name = reference->string_at({"name"});
  const std::string given = reference->string_at({"namespace"});
  if (!given.empty()) key.namespace_ = given;
  return key;
}

}  // namespace

AppView app_view(const Value& object) {
  AppView out;
  out.key.namespace_ = object.string_at({"metadata", "namespace"});
  out.key.name = object.string_at({"metadata", "name"});
  out.repository = repository_of(object, out.key.namespace_);
  out.path = object.string_at({"spec", "path"});
  out.target_namespace = object.string_at({"spec", "targetNamespace"});
  out.suspended = object.bool_at({"spec", "suspend"});
  out.deleting = object.find_path({"metadata", "deletionTimestamp"}) != nullptr;
  out.generation = object.integer_at({"metadata", "generation"}).value_or(0);
  out.sync_requested = annotation_of(object, kSyncRequestedAnnotation);
  const Value* status = object.find("status");
  if (status == nullptr) return out;
  out.status = app_status_of(*status);
  out.seen = !out.status.conditions.empty();
  return out;
}

RepositoryView repository_view(const Value& object) {
  RepositoryView out;
  out.key.namespace_ = object.string_at({"metadata", "namespace"});
  out.key.name = object.string_at({"metadata", "name"});
  out.url = without_userinfo(object.string_at({"spec", "url"}));
  out.suspended = object.bool_at({"spec", "suspend"});
  out.sync_requested = annotation_of(object, kSyncRequestedAnnotation);
  const Value* status = object.find("status");
  if (status == nullptr) return out;
  out.status.observed_generation = status->integer_at({"observedGeneration"}).value_or(0);
  out.status.conditions = conditions_of(*status);
  out.status.revision = status->string_at({"revision"});
  out.status.commit = status->string_at({"commit"});
  out.status.last_handled_sync = status->string_at({"lastHandledSync"});
  out.seen = !out.status.conditions.empty();
  return out;
}

}  // namespace plumb::cli
