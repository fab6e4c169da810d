#include "core/render/check_object.h"

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "core/render/check_numbers.h"
#include "core/render/names.h"
#include "core/render/render.h"

namespace plumb::rendering {
namespace {

constexpr size_t kMaxAnnotationBytes = 256 << 10;
constexpr size_t kMaxShown = 80;
constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

using Path = std::vector<std::string>;

std::string shown(std::string_view text) {
  if (text.size() <= kMaxShown) return "\"" + escape_terminal(text) + "\"";
  return "\"" + escape_terminal(text.substr(0, kMaxShown)) + "…\"";
}

// What to do about a value that should be a string.
std::string quote_help(const Value& value) {
  if (value.is_map() || value.is_list()) return "";
  return value.is_null() ? "write \"\" for an empty value" : "put the value in quotes";
}

std::string use(const std::string& suggestion) {
  return suggestion.empty() || suggestion.size() > kMaxShown ? "" : "use " + shown(suggestion);
}

std::string a_type(const Value& value) {
  const std::string name = to_string(value.type());
  if (value.is_null()) return "empty (null)";
  return (name == "integer" ? "an " : "a ") + name;
}

class Check {
 public:
  Check(const SourceDocument& document, Problems& problems)
      : document_(document), problems_(problems) {}

  void run();

 private:
  void report(ErrorCode code, const std::string& message, const Path& path,
              const std::string& help = "");
  // The string at a path; notes one that is absent, reports one of another type.
  const std::string* required(std::initializer_list<std::string_view> path);
  void report_missing();
  bool check_shape();
  void check_type();
  void check_name();
  void check_namespace();
  void check_labels();
  void check_annotations();
  void check_data();
  void check_numbers();
  void check_string_map(const std::string& field, bool base64, bool secret);
  const Map* metadata_map(const std::string& field, ErrorCode code);
  void check_base64(const std::string& field, const Member& member, bool secret);

  // "Deployment web", for messages.
  [[nodiscard]] std::string subject() const {
    const ObjectKey key = key_of(document_.value);
    return escape_terminal(key.kind) + " " + shown(key.name);
  }
  [[nodiscard]] std::string where() const {
    return "document " + std::to_string(document_.origin.document) + document_.item;
  }

  const SourceDocument& document_;
  Problems& problems_;
  bool has_identity_ = true;
  std::vector<std::string> missing_;  // required fields
};

void Check::report(ErrorCode code, const std::string& message, const Path& path,
                   const std::string& help) {
  const Origin& origin = document_.origin;
  const int line = document_.lines ? document_.lines->line_of(path) : origin.line;
  Error error = Error(code, message).at({origin.file, line, 0});
  problems_.add(help.empty() ? std::move(error) : error.with_help(help));
}

const std::string* Check::required(std::initializer_list<std::string_view> path) {
  std::string name;
  Path lines;
  for (const std::string_view part : path) {
    name += (name.empty() ? "" : ".") + std::string(part);
    lines.emplace_back(part);
  }
  const Value* value = document_.value.find_path(path);
  if (value == nullptr || value->is_null()) {
    missing_.push_back(std::move(name));
    return nullptr;
  }
  if (!value->is_string()) {
    has_identity_ = false;
    report(kBadFieldType, name + " must be a string but is " + a_type(*value), lines,
           quote_help(*value));
    return nullptr;
  }
  return value->as_string();
}

void Check::report_missing() {
  if (missing_.empty()) return;
  std::string names = missing_.front();
  for (size_t i = 1; i < missing_.size(); ++i) {
    names += (i + 1 < missing_.size() ? ", " : " and ") + missing_[i];
  }
  report(kMissingField, where() + " has no " + names, {},
         "every Kubernetes object has apiVersion, kind and metadata.name; if this is a Helm "
         "values file or a kustomization, keep it out of the app's path or list it in "
         ".plumbignore");
}

bool Check::check_shape() {
  const Value& value = document_.value;
  if (!value.is_map()) {
    report(kNotAnObject, where() + " must be a Kubernetes object (a map) but is " + a_type(value),
           {}, "start each document with apiVersion and kind");
    return false;
  }
  if (const Value* sops = value.find("sops"); sops != nullptr && sops->find("mac") != nullptr) {
    report(kEncryptedManifest, where() + " is encrypted with SOPS, which is not decrypted",
           {"sops"}, "keep encrypted files out of the app's path or list them in .plumbignore");
    return false;
  }
  const std::string api_version = value.string_at({"apiVersion"});
  if (api_version.starts_with("kustomize.config.k8s.io/")) {
    report(kRendererNotAvailable,
           where() + " is a " + shown(value.string_at({"kind"})) +
               " for kustomize, not an object of the cluster",
           {"kind"}, "name the file kustomization.yaml, or list it in .plumbignore");
    return false;
  }
  const Value* metadata = value.find("metadata");
  if (metadata != nullptr && !metadata->is_null() && !metadata->is_map()) {
    report(kBadFieldType, "metadata must be a map but is " + a_type(*metadata), {"metadata"});
    return false;
  }
  return true;
}

void Check::check_type() {
  if (const std::string* api_version = required({"apiVersion"})) {
    if (const Fault fault = api_version_fault(*api_version)) {
      report(kBadName, "apiVersion " + shown(*api_version) + " is not valid: " + *fault,
             {"apiVersion"}, "the form is \"v1\" or \"group/version\", as in \"apps/v1\"");
    }
  }
  if (const std::string* kind = required({"kind"})) {
    if (const Fault fault = kind_fault(*kind)) {
      report(kBadName, "kind " + shown(*kind) + " is not valid: " + *fault, {"kind"});
    }
  }
}

void Check::check_name() {
  const Value* generated = document_.value.find_path({"metadata", "generateName"});
  const Value* written = document_.value.find_path({"metadata", "name"});
  if (generated != nullptr && (written == nullptr || written->is_null())) {
    has_identity_ = false;
    report(kMissingField, where() + " has metadata.generateName but no metadata.name",
           {"metadata", "generateName"},
           "give it a fixed name: each apply of a generated name would make another object");
    return;
  }
  const std::string* name = required({"metadata", "name"});
  if (name == nullptr) return;
  const GroupKind kind = gvk_of(document_.value).group_kind();
  if (const Fault fault = object_name_fault(kind, *name)) {
    has_identity_ = false;
    const std::string suggestion = suggested_name(kind, *name);
    report(kBadName, "metadata.name " + shown(*name) + " is not valid: " + *fault,
           {"metadata", "name"}, use(suggestion));
  }
}

void Check::check_namespace() {
  const Value* value = document_.value.find_path({"metadata", "namespace"});
  if (value == nullptr || value->is_null()) return;
  const std::string* text = value->as_string();
  if (text == nullptr) {
    report(kBadFieldType, "metadata.namespace must be a string but is " + a_type(*value),
           {"metadata", "namespace"}, quote_help(*value));
  } else if (const Fault fault = dns_label_fault(*text); fault && !text->empty()) {
    const std::string suggestion = suggested_name({"", "Namespace"}, *text);
    report(kBadName, "metadata.namespace " + shown(*text) + " is not valid: " + *fault,
           {"metadata", "namespace"}, use(suggestion));
  }
}

const Map* Check::metadata_map(const std::string& field, ErrorCode code) {
  const Value* value = document_.value.find_path({"metadata", field});
  if (value == nullptr || value->is_null()) return nullptr;
  if (!value->is_map()) {
    report(code, "metadata." + field + " must be a map but is " + a_type(*value),
           {"metadata", field});
  }
  return value->as_map();
}

void Check::check_labels() {
  const Map* labels = metadata_map("labels", kBadLabel);
  if (labels == nullptr) return;
  for (const Member& label : *labels) {
    const Path path = {"metadata", "labels", label.key};
    if (const Fault fault = qualified_name_fault(label.key)) {
      report(kBadLabel, "label key " + shown(label.key) + " is not valid: " + *fault, path);
    }
    if (const std::string* text = label.value.as_string()) {
      if (const Fault fault = label_value_fault(*text)) {
        report(kBadLabel, "the value of label " + shown(label.key) + " is not valid: " + *fault,
               path, "longer or freer text belongs in an annotation");
      }
    } else {
      report(kBadLabel,
             "the value of label " + shown(label.key) + " must be a string but is " +
                 a_type(label.value),
             path, quote_help(label.value));
    }
  }
}

void Check::check_annotations() {
  const Map* annotations = metadata_map("annotations", kBadAnnotation);
  if (annotations == nullptr) return;
  size_t bytes = 0;
  for (const Member& annotation : *annotations) {
    const Path path = {"metadata", "annotations", annotation.key};
    if (const Fault fault = qualified_name_fault(annotation.key)) {
      report(kBadAnnotation, "annotation key " + shown(annotation.key) + " is not valid: " + *fault,
             path);
    }
    if (const std::string* text = annotation.value.as_string()) {
      bytes += annotation.key.size() + text->size();
    } else {
      report(kBadAnnotation,
             "the value of annotation " + shown(annotation.key) + " must be a string but is " +
                 a_type(annotation.value),
             path, quote_help(annotation.value));
    }
  }
  if (bytes > kMaxAnnotationBytes) {
    report(kBadAnnotation,
           "the annotations of " + subject() + " have " + std::to_string(bytes) +
               " bytes, at most " + std::to_string(kMaxAnnotationBytes) + " are allowed",
           {"metadata", "annotations"});
  }
}

void Check::check_base64(const std::string& field, const Member& member, bool secret) {
  std::string text = *member.value.as_string();
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });  // as Go's decoder
  if (base64_decode(text)) return;
  report(kBadSecretData,
         field + "." + escape_terminal(member.key) + " of " + subject() + " is not base64",
         {field, member.key},
         secret ? "encode the value, or move the key to stringData, which takes plain text"
                : "encode the value, or move the key to data, which takes plain text");
}

void Check::check_string_map(const std::string& field, bool base64, bool secret) {
  const Value* value = document_.value.find(field);
  if (value == nullptr || value->is_null()) return;
  const Map* map = value->as_map();
  if (map == nullptr) {
    report(kBadFieldType, field + " of " + subject() + " must be a map but is " + a_type(*value),
           {field});
    return;
  }
  for (const Member& member : *map) {
    if (const Fault fault = data_key_fault(member.key)) {
      // A slip of the pen can make a value a key: a Secret's are not shown.
      report(kBadName,
             (secret ? "a key" : "key " + shown(member.key)) + " in " + field + " of " + subject() +
                 " is not valid: " + *fault,
             {field, member.key});
      continue;
    }
    if (member.value.is_null()) continue;
    if (!member.value.is_string()) {
      report(kBadFieldType,
             field + "." + escape_terminal(member.key) + " of " + subject() +
                 " must be a string but is " + a_type(member.value),
             {field, member.key}, quote_help(member.value));
    } else if (base64) {
      check_base64(field, member, secret);
    }
  }
}

void Check::check_data() {
  const GroupKind kind = gvk_of(document_.value).group_kind();
  if (kind == GroupKind{"", "Secret"}) {
    check_string_map("data", true, true);
    check_string_map("stringData", false, true);
  } else if (kind == GroupKind{"", "ConfigMap"}) {
    check_string_map("data", false, false);
    check_string_map("binaryData", true, false);
  }
}

void Check::check_numbers() {
  for (const LargeNumber& number : too_large_numbers(document_.value)) {
    report(kBadFieldType,
           escape_terminal(number.field) + " is " + std::to_string(number.value) +
               ", which the API server would cut to " + std::to_string(number.becomes),
           number.path, "the field takes numbers up to 2147483647");
  }
}

void Check::run() {
  if (!check_shape()) return;
  check_type();
  check_name();
  report_missing();
  check_namespace();
  check_labels();
  check_annotations();
  if (has_identity_ && missing_.empty()) {
    check_data();
    check_numbers();
  }
}

}  // namespace

void check_object(const SourceDocument& document, Problems& problems) {
  Check(document, problems).run();
}

void strip_server_fields(SourceDocument& document, std::vector<Warning>& warnings) {
  Value& body = document.value;
  const auto at = [&](const Path& path) {
    const Origin& origin = document.origin;
    return Position{origin.file, document.lines ? document.lines->line_of(path) : origin.line, 0};
  };
  for (const std::string field : {"uid", "resourceVersion"}) {
    const Value* value = body.find_path({"metadata", field});
    if (value == nullptr || value->is_null()) continue;
    warnings.push_back(
        {"metadata." + field + " is set by the cluster; it is left out", at({"metadata", field})});
  }
  if (body.find_path({"metadata", "annotations", kLastApplied}) != nullptr) {
    warnings.push_back({std::string("annotation ") + kLastApplied +
                            " is a copy of the whole object; it is left out",
                        at({"metadata", "annotations", kLastApplied})});
    body.erase_path({"metadata", "annotations", kLastApplied});
  }
  body.erase("status");
  for (const char* field :
       {"uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "selfLink", "managedFields"}) {
    if (body.find_path({"metadata", field}) != nullptr) body.erase_path({"metadata", field});
  }
  for (const char* field : {"namespace", "labels", "annotations", "generateName"}) {
    const Value* value = body.find_path({"metadata", field});
    if (value == nullptr) continue;
    const Map* map = value->as_map();
    const bool empty = value->is_null() || (value->is_string() && value->as_string()->empty()) ||
                       (map != nullptr && map->empty());
    if (empty) body.erase_path({"metadata", field});
  }
}

}  // namespace plumb::rendering
