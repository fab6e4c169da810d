#include "core/spec/resources.h"

#include <algorithm>

#include "base/text.h"
#include "core/spec/ignore_rules.h"
#include "core/spec/rendering.h"
#include "core/spec/spec_fields.h"

namespace plumb {
namespace {

constexpr const char* kDeletionPolicyField = "deletionPolicy";
constexpr const char* kServiceAccountField = "serviceAccountName";
constexpr const char* kKubeconfigField = "kubeConfig";
constexpr size_t kLongestName = 63;  // it is the value of a label

// What every resource of ours has: key, generation, the request for a turn now.
template <class Spec>
void decode_metadata(const Value& body, Spec& spec, std::vector<Error>& errors) {
  SpecFields metadata(*body.find("metadata"), "metadata", errors);
  spec.key.name = metadata.required_text("name", "web");
  spec.key.namespace_ = metadata.required_text("namespace", "default");
  if (spec.key.name.size() > kLongestName) {
    metadata.fail("name", "has " + std::to_string(spec.key.name.size()) + " letters",
                  "use at most 63: the name is the value of a label");
  }
  spec.generation = body.integer_at({"metadata", "generation"}).value_or(0);
  spec.sync_requested = annotation_of(body, kSyncRequestedAnnotation);
}

// "in" an error's context: the resource, as far as it is known.
Result<void> check_shape(const Value& body, const char* kind) {
  const Value* metadata = body.find("metadata");
  const Value* spec = body.find("spec");
  const char* missing = metadata == nullptr || !metadata->is_map() ? "metadata"
                        : spec == nullptr || !spec->is_map()       ? "spec"
                                                                   : nullptr;
  if (missing == nullptr) return {};
  return Error(kInvalidResource, std::string("this ") + kind + " has no " + missing)
      .with_help(std::string("write apiVersion, kind: ") + kind + ", metadata and spec");
}

Error combined(std::vector<Error> errors, const std::string& resource) {
  Error first = errors.front();
  errors.erase(errors.begin());
  if (!errors.empty()) first = first.with_also(std::move(errors));
  return first.while_doing("reading " + escape_terminal(resource));
}

RefSelector decode_ref(SpecFields ref, std::vector<std::string>& set) {
  ref.only({"branch", "tag", "semver", "commit", "name"});
  RefSelector out{.branch = ref.text("branch"),
                  .tag = ref.text("tag"),
                  .semver = ref.text("semver"),
                  .commit = ref.text("commit"),
                  .name = ref.text("name")};
  if (!out.branch.empty()) set.emplace_back("branch");
  if (!out.tag.empty()) set.emplace_back("tag");
  if (!out.semver.empty()) set.emplace_back("semver");
  if (!out.commit.empty()) set.emplace_back("commit");
  if (!out.name.empty()) set.emplace_back("name");
  if (!out.name.empty() && !out.name.starts_with("refs/")) {
    ref.fail("name", "is " + SpecFields::quoted(out.name),
             "write the full name, like \"refs/heads/" + escape_terminal(out.name) +
                 "\", or use branch or tag");
  }
  const bool is_hex = std::all_of(out.commit.begin(), out.commit.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
  if (!out.commit.empty() && (out.commit.size() != 40 || !is_hex)) {
    ref.fail("commit", "is " + SpecFields::quoted(out.commit),
             "write all 40 letters of the commit id, in lower case");
  }
  return out;
}

std::string decode_secret_name(SpecFields reference, bool is_set) {
  reference.only({"name"});
  return is_set ? reference.required_text("name", "git-credentials") : std::string();
}

void decode_path(SpecFields& fields, AppSpec& spec) {
  const std::string text = fields.text("path");
  const Result<RelPath> path = RelPath::parse(text);
  if (path.has_value()) {
    spec.path = *path;
  } else {
    fields.fail("path", "is " + SpecFields::quoted(text), "use a path relative to the repository");
  }
}

void decode_rollback(SpecFields& fields, AppSpec& spec) {
  SpecFields rollback = fields.map("rollback");
  rollback.only({"onUnhealthy"});
  const Value* given = rollback.find("onUnhealthy");
  SpecFields job = rollback.map("onUnhealthy");
  if (given == nullptr || !given->is_map()) return;
  job.only({"image", "secretName"});
  spec.rollback = RollbackSpec{job.required_text("image", "registry.example.com/plumb-ci:v1"),
                               job.required_text("secretName", "web-rollback")};
}

void decode_dependencies(SpecFields& fields, AppSpec& spec, std::vector<Error>& errors) {
  for (SpecFields& one : fields.maps("dependsOn", "{name: …, namespace: …}")) {
    one.only({"name", "namespace"});
    AppKey key;
    key.name = one.required_text("name", "database");
    key.namespace_ = one.text("namespace");
    if (key.namespace_.empty()) key.namespace_ = spec.key.namespace_;
    if (key == spec.key) {
      errors.push_back(Error(kDependsOnItself, "this app depends on itself: " + key.display() +
                                                   " -> " + key.display())
                           .with_help("remove it from spec.dependsOn"));
    }
    spec.depends_on.push_back(std::move(key));
  }
}

void decode_kubeconfig(SpecFields& fields, AppSpec& spec) {
  const Value* given = fields.find(kKubeconfigField);
  SpecFields kubeconfig = fields.map(kKubeconfigField);
  if (given == nullptr || !given->is_map()) return;
  kubeconfig.only({"secretRef"});
  SpecFields reference = kubeconfig.map("secretRef");
  reference.only({"name", "key"});
  if (kubeconfig.find("secretRef") == nullptr) {
    return kubeconfig.fail("secretRef", "is missing",
                           "set it, for instance to {name: prod-kubeconfig}");
  }
  spec.kubeconfig =
      KubeconfigRef{reference.required_text("name", "prod-kubeconfig"), reference.text("key")};
}

DeletionPolicy decode_deletion_policy(SpecFields& fields) {
  return fields.choice<DeletionPolicy>(
      kDeletionPolicyField, {{"prune", DeletionPolicy::prune}, {"orphan", DeletionPolicy::orphan}},
      DeletionPolicy::prune);
}

bool has_finalizer(const Value& body) {
  const Value* const finalizers = body.find_path({"metadata", "finalizers"});
  if (finalizers == nullptr || !finalizers->is_list()) return false;
  const List& list = *finalizers->as_list();
  return std::find(list.begin(), list.end(), Value(kFinalizer)) != list.end();
}

AppSpec read_app(const Value& body, std::vector<Error>& errors) {
  AppSpec spec;
  decode_metadata(body, spec, errors);
  spec.confirmed_prune = annotation_of(body, kConfirmPruneAnnotation);
  spec.confirmed_target = annotation_of(body, kConfirmTargetAnnotation);
  SpecFields fields(*body.find("spec"), "spec", errors);
  fields.only({"repository",
               "path",
               "prune",
               "heal",
               "deletionPolicy",
               "apply",
               "interval",
               "retryInterval",
               "timeout",
               "targetNamespace",
               kServiceAccountField,
               kKubeconfigField,
               "dependsOn",
               "images",
               "patches",
               "components",
               "postBuild",
               "rollback",
               "suspend",
               "ignore",
               "ignoreDifferences"});
  SpecFields repository = fields.map("repository");
  repository.only({"name", "namespace"});
  spec.repository.name = repository.required_text("name", "config");
  spec.repository.namespace_ = repository.text("namespace");
  if (spec.repository.namespace_.empty()) spec.repository.namespace_ = spec.key.namespace_;
  decode_path(fields, spec);
  spec.prune = fields.flag("prune", spec.prune);
  spec.heal = fields.choice<HealMode>(
      "heal", {{"correct", HealMode::correct}, {"warn", HealMode::warn}, {"off", HealMode::off}},
      spec.heal);
  spec.deletion_policy = decode_deletion_policy(fields);
  spec.apply = fields.choice<ApplyMode>(
      "apply", {{"best-effort", ApplyMode::best_effort}, {"atomic", ApplyMode::atomic}},
      spec.apply);
  spec.interval = fields.duration("interval", spec.interval);
  spec.retry_interval = fields.duration("retryInterval", spec.retry_interval);
  spec.timeout = fields.duration("timeout", spec.timeout);
  spec.target_namespace = fields.text("targetNamespace");
  spec.service_account = fields.text(kServiceAccountField);
  decode_kubeconfig(fields, spec);
  decode_dependencies(fields, spec, errors);
  check_rendering(fields);
  spec.substitute_from = decode_substitute_from(fields);
  decode_rollback(fields, spec);
  spec.ignore = decode_ignore_rules(fields, errors);
  spec.suspend = fields.flag("suspend", false);
  spec.overlay = overlay_of(body);
  spec.substitution = substitution_of(body);
  spec.deleting = is_being_deleted(body);
  spec.has_finalizer = has_finalizer(body);
  return spec;
}

// Whether what its objects' deletion depends on can be read. A field that is not known but looks
// like one of these is one that was misspelled.
bool deletion_is_readable(const Value& body) {
  const Value* const spec = body.find("spec");
  if (spec == nullptr || !spec->is_map()) return false;
  std::vector<Error> errors;
  SpecFields fields(*spec, "spec", errors);
  static_cast<void>(decode_deletion_policy(fields));
  static_cast<void>(fields.text(kServiceAccountField));
  AppSpec unused;
  decode_kubeconfig(fields, unused);
  const std::vector<std::string> needed{kDeletionPolicyField, kServiceAccountField,
                                        kKubeconfigField};
  return errors.empty() &&
         std::none_of(spec->as_map()->begin(), spec->as_map()->end(), [&](const Member& member) {
           const bool known = std::find(needed.begin(), needed.end(), member.key) != needed.end();
           return !known && !nearest(member.key, needed).empty();
         });
}

}  // namespace

Result<RepositorySpec> decode_repository(const Value& body) {
  TRY(check_shape(body, "Repository"));
  std::vector<Error> errors;
  RepositorySpec spec;
  decode_metadata(body, spec, errors);
  spec.shard_label = label_of(body, kShardLabel);
  SpecFields fields(*body.find("spec"), "spec", errors);
  fields.only({"url", "ref", "interval", "timeout", "secretRef", "webhookSecretRef", "suspend",
               "allowRewind", "trust"});
  spec.url = fields.required_text("url", "https://git.example.com/org/config.git");
  std::vector<std::string> set;
  spec.ref = decode_ref(fields.map("ref"), set);
  const bool is_commit_of_branch = set == std::vector<std::string>{"branch", "commit"};
  if (set.size() > 1 && !is_commit_of_branch) {
    fields.fail("ref", "sets " + join(set, ", "), "keep one of them (or branch with commit)");
  }
  spec.interval = fields.duration("interval", spec.interval);
  spec.timeout = fields.duration("timeout", spec.timeout);
  spec.secret_ref = decode_secret_name(fields.map("secretRef"), fields.find("secretRef"));
  spec.webhook_secret_ref =
      decode_secret_name(fields.map("webhookSecretRef"), fields.find("webhookSecretRef"));
  spec.suspend = fields.flag("suspend", false);
  spec.allow_rewind = fields.flag("allowRewind", false);
  spec.trust = fields.text("trust");
  if (!spec.trust.empty() && spec.trust != "none") {
    fields.fail("trust", "is " + SpecFields::quoted(spec.trust), "use \"none\", or leave it out");
  }
  if (!errors.empty()) return combined(std::move(errors), "Repository " + spec.key.display());
  return spec;
}

Result<void> check_rendering(const Value& app) {
  TRY(check_shape(app, "App"));
  std::vector<Error> errors;
  SpecFields fields(*app.find("spec"), "spec", errors);
  check_rendering(fields);
  static_cast<void>(decode_substitute_from(fields));
  if (errors.empty()) return {};
  return combined(std::move(errors), "App " + app.string_at({"metadata", "name"}));
}

bool is_being_deleted(const Value& body) {
  return !body.string_at({"metadata", "deletionTimestamp"}).empty();
}

Result<AppSpec> decode_app(const Value& body) {
  TRY(check_shape(body, "App"));
  std::vector<Error> errors;
  AppSpec spec = read_app(body, errors);
  if (!errors.empty()) return combined(std::move(errors), "App " + spec.key.display());
  return spec;
}

Result<AppSpec> decode_deleted_app(const Value& body) {
  Value readable = body;
  if (const Value* const spec = body.find("spec"); spec == nullptr || !spec->is_map()) {
    readable.set("spec", Value::map());
  }
  TRY(check_shape(readable, "App"));
  std::vector<Error> unread;  // told already, and of no matter now
  AppSpec spec = read_app(readable, unread);
  if (!deletion_is_readable(body)) spec.deletion_policy = DeletionPolicy::orphan;
  return spec;
}

}  // namespace plumb
