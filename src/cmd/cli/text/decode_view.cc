// The decoding half of app_view.h: from the custom resource's fields.
#include "base/text.h"
#include "cmd/cli/text/app_view.h"
#include "core/status/status_json.h"

namespace plumb::cli {

namespace {

// A status that cannot be read is shown as one: it must not hide the other apps.
template <class Status>
Status unreadable(const Error& error) {
  Status status;
  status.conditions.push_back({.type = "Ready",
                               .status = "False",
                               .reason = error.code().name,
                               .message = "its status cannot be read: " + error.summary()});
  return status;
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
  out.shard = status->string_at({"shard"});
  Result<AppStatus> decoded = app_status_of(*status);
  out.status = decoded ? std::move(decoded).value() : unreadable<AppStatus>(decoded.error());
  out.seen = !out.status.conditions.empty();
  return out;
}

RepositoryView repository_view(const Value& object) {
  RepositoryView out;
  out.key.namespace_ = object.string_at({"metadata", "namespace"});
  out.key.name = object.string_at({"metadata", "name"});
  out.url = without_userinfo(object.string_at({"spec", "url"}));
  out.suspended = object.bool_at({"spec", "suspend"});
  out.shard_label = label_of(object, kShardLabel);
  out.sync_requested = annotation_of(object, kSyncRequestedAnnotation);
  const Value* status = object.find("status");
  if (status == nullptr) return out;
  Result<RepositoryStatus> decoded = repository_status_of(*status);
  out.status = decoded ? std::move(decoded).value() : unreadable<RepositoryStatus>(decoded.error());
  out.seen = !out.status.conditions.empty();
  return out;
}

}  // namespace plumb::cli
