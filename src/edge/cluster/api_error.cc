#include "edge/cluster/api_error.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/text.h"
#include "edge/cluster/server_words.h"
#include "lang/json/json.h"

namespace plumb {
namespace {

constexpr size_t kMaxServerText = 1500;
constexpr size_t kMaxCauses = 8;
constexpr const char* kRefusedWords = ": the server refused it: ";
constexpr const char* kImmutableWords = ": an immutable field changed: ";

struct Cause {
  std::string reason;
  std::string field;
  std::string message;
};

// metav1.Status, as far as it matters here.
struct ApiStatus {
  bool is_status = false;  // the body was a Status, not a text of some proxy
  std::string reason;
  std::string message;
  std::string kind;  // of details: the plural resource
  std::vector<Cause> causes;

  [[nodiscard]] bool has_cause(std::string_view cause_reason) const {
    return std::any_of(causes.begin(), causes.end(),
                       [&](const Cause& cause) { return cause.reason == cause_reason; });
  }
  [[nodiscard]] bool says(std::string_view text) const {
    return message.find(text) != std::string::npos;
  }
};

ApiStatus parse_status(const std::string& body) {
  ApiStatus status;
  const Result<Value> parsed = json::parse(body);
  if (!parsed || parsed->string_at({"kind"}) != "Status") {
    status.message = body.substr(0, kMaxServerText);
    return status;
  }
  status.is_status = true;
  status.reason = parsed->string_at({"reason"});
  status.message = parsed->string_at({"message"});
  status.kind = parsed->string_at({"details", "kind"});
  const Value* causes = parsed->find_path({"details", "causes"});
  if (causes == nullptr || !causes->is_list()) return status;
  for (const Value& cause : *causes->as_list()) {
    status.causes.push_back(
        {cause.string_at({"reason"}), cause.string_at({"field"}), cause.string_at({"message"})});
  }
  return status;
}

std::string server_text(std::string_view text) {
  std::string safe = escape_terminal(trim(text));
  if (safe.size() > kMaxServerText) safe = safe.substr(0, kMaxServerText) + "…";
  return safe;
}

std::string between(std::string_view text, std::string_view before, std::string_view after) {
  const size_t start = text.find(before);
  if (start == std::string_view::npos) return {};
  const size_t from = start + before.size();
  const size_t end = text.find(after, from);
  return end == std::string_view::npos ? std::string() : std::string(text.substr(from, end - from));
}

std::string without_leading_dot(std::string_view path) {
  return std::string(path.starts_with('.') ? path.substr(1) : path);
}

// Field paths named in a server text, as ".data.password: expected string, got …" has them.
std::vector<std::string> paths_in(std::string_view text) {
  constexpr std::string_view kPathLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-[]/";
  std::vector<std::string> paths;
  for (size_t at = text.find('.'); at != std::string_view::npos; at = text.find('.', at + 1)) {
    const bool begins = at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n';
    const size_t end = text.find_first_not_of(kPathLetters, at);
    if (!begins || end == std::string_view::npos || text[end] != ':' || end < at + 2) continue;
    paths.push_back(std::string(text.substr(at + 1, end - at - 1)));
    // What follows is the server's text about the value: nothing of it is taken.
    break;
  }
  return paths;
}

// "spec.replicas: must be positive; spec.template: Required value". Of Secrets the paths only.
std::string explain(const ApiStatus& status, bool secret) {
  std::vector<std::string> parts;
  for (const Cause& cause : status.causes) {
    if (parts.size() == kMaxCauses) {
      parts.push_back("and " + std::to_string(status.causes.size() - kMaxCauses) + " more");
      break;
    }
    const std::string field = server_text(without_leading_dot(cause.field));
    if (secret) {
      const std::string what = cause.reason == "FieldValueRequired" ? "is missing" : "value hidden";
      parts.push_back((field.empty() ? "" : field + ": ") + what);
    } else {
      parts.push_back(field.empty() || field == "<nil>"
                          ? server_text(cause.message)
                          : field + ": " + server_text(cause.message));
    }
  }
  if (!parts.empty()) return join(parts, "; ");
  if (!secret) return server_text(plain_words(status.message));
  for (const std::string& path : paths_in(status.message)) parts.push_back(path + ": value hidden");
  return parts.empty() ? "the server refused its content (value hidden)" : join(parts, "; ");
}

// What the message is about: "apply apps/Deployment prod/web".
std::string doing(const Attempt& attempt) {
  const ObjectKey& key = attempt.key;
  if (!key.name.empty()) return attempt.verb + " " + key.display();
  // A list, or what has a kind alone.
  const std::string type = key.group.empty() ? key.kind : key.group + "/" + key.kind;
  return attempt.verb + " " + type + (key.namespace_.empty() ? "" : " in " + key.namespace_);
}

Error field_conflict(const ApiStatus& status, const Attempt& attempt) {
  std::vector<std::string> parts;
  for (const Cause& cause : status.causes) {
    if (parts.size() == kMaxCauses) break;
    const std::string manager = between(cause.message, "conflict with \"", "\"");
    parts.push_back(server_text(without_leading_dot(cause.field)) + " is owned by " +
                    (manager.empty() ? "another manager" : "\"" + server_text(manager) + "\""));
  }
  return Error(kFieldConflict, "cannot " + doing(attempt) + ": " + join(parts, "; "))
      .with_help("remove the field from the source, or let its other manager give it up");
}

// The rule that is missing, from "User \"u\" cannot patch resource \"deployments\" in API group
// \"apps\" in the namespace \"prod\"".
Error forbidden(const ApiStatus& status, const Attempt& attempt, bool secret) {
  const std::string user = between(status.message, "User \"", "\"");
  const std::string verb = between(status.message, "cannot ", " resource");
  const std::string resource = between(status.message, "resource \"", "\"");
  const std::string group = between(status.message, "API group \"", "\"");
  const std::string where = between(status.message, "namespace \"", "\"");
  if (user.empty() || verb.empty() || resource.empty()) {
    return Error(kForbidden,
                 "not allowed to " + doing(attempt) +
                     (secret ? std::string() : ": " + server_text(status.message)),
                 Retry::denied);
  }
  const std::string place = where.empty() ? "in the whole cluster" : "in namespace " + where;
  return Error(kForbidden,
               "not allowed to " + doing(attempt) + ": " + server_text(user) + " may not " +
                   server_text(verb) + " " + server_text(resource) + " " + server_text(place),
               Retry::denied)
      .with_help("give it a role with the rule apiGroups: [\"" + server_text(group) +
                 "\"], resources: [\"" + server_text(resource) + "\"], verbs: [\"" +
                 server_text(verb) + "\"] " + server_text(place));
}

std::optional<Error> admission_error(const ApiStatus& status, const Attempt& attempt, bool secret) {
  std::string who = between(status.message, "admission webhook \"", "\" denied");
  if (!who.empty()) who = "the admission webhook " + who;
  if (who.empty()) {
    who = between(status.message, "ValidatingAdmissionPolicy '", "'");
    if (!who.empty()) who = "the admission policy " + who;
  }
  if (!who.empty() && status.says("denied")) {
    const size_t at = status.message.find("denied");
    const size_t colon = status.message.find(": ", at);
    const std::string text = colon == std::string::npos ? "" : status.message.substr(colon + 2);
    return Error(kAdmissionDenied,
                 "cannot " + doing(attempt) + ": " + server_text(who) + " denied it" +
                     (secret         ? " (its text is hidden)"
                      : text.empty() ? ""
                                     : ": " + server_text(text)),
                 Retry::denied);
  }
  const std::string down = between(status.message, "failed calling webhook \"", "\"");
  if (down.empty()) return std::nullopt;
  return Error(kAdmissionUnavailable,
               "cannot " + doing(attempt) + ": the admission webhook " + server_text(down) +
                   " does not answer" + (secret ? "" : ": " + server_text(status.message)),
               Retry::transient);
}

bool namespace_terminates(const ApiStatus& status) {
  return status.has_cause("NamespaceTerminating") || status.says("because it is being terminated");
}

Error not_found(const ApiStatus& status, const Attempt& attempt) {
  if (status.kind == "namespaces" && attempt.key.kind != "Namespace") {
    return Error(kNamespaceMissing,
                 "cannot " + doing(attempt) + ": the namespace " + attempt.key.namespace_ +
                     " does not exist",
                 Retry::transient)
        .with_help("add the Namespace to the source, or create it");
  }
  if (!status.is_status || status.kind.empty() || status.says("could not find the requested")) {
    const std::string& group = attempt.key.group;
    return Error(kKindNotServed,
                 "cannot " + doing(attempt) + ": the cluster does not serve " + attempt.key.kind +
                     (group.empty() ? "" : " of " + group) + " in this version",
                 Retry::transient)
        .with_help("install its CustomResourceDefinition, or use an API version the cluster has");
  }
  return Error(kObjectNotFound, attempt.key.display() + " does not exist");
}

Error conflict(const ApiStatus& status, const Attempt& attempt, bool secret) {
  if (status.has_cause("FieldManagerConflict")) return field_conflict(status, attempt);
  if (status.reason == "AlreadyExists") {
    return Error(kAlreadyExists,
                 attempt.key.display() +
                     (status.says("being deleted") ? " is still being deleted" : " exists already"),
                 Retry::conflict);
  }
  return Error(kObjectConflict,
               "cannot " + doing(attempt) + ": it was changed meanwhile" +
                   (secret ? "" : " (" + server_text(status.message) + ")"),
               Retry::conflict);
}

bool immutable(const ApiStatus& status) {
  const auto says = [](std::string_view text) {
    return text.find("field is immutable") != std::string_view::npos ||
           text.find("is immutable") != std::string_view::npos ||
           text.find("cannot change roleRef") != std::string_view::npos ||
           text.find("may not change once set") != std::string_view::npos ||
           (text.find("updates to ") != std::string_view::npos &&
            text.find("forbidden") != std::string_view::npos);
  };
  return says(status.message) || std::any_of(status.causes.begin(), status.causes.end(),
                                             [&](const Cause& c) { return says(c.message); });
}

Error refused(const ApiStatus& status, const Attempt& attempt, bool secret) {
  const std::string text = explain(status, secret);
  if (immutable(status)) {
    return Error(kImmutableField, "cannot " + doing(attempt) + kImmutableWords + text)
        .with_help(std::string("undo the change, or annotate the manifest with ") +
                   kReplaceAnnotation + ": on-immutable to delete and create the object");
  }
  return Error(kInvalidObject, "cannot " + doing(attempt) + kRefusedWords + text);
}

// Mistakes of a manifest that kube-apiserver answers with 500 and without a reason.
bool manifest_error(const ApiStatus& status) {
  return status.says("failed to create typed patch object") ||
         status.says("failed to create typed live object") ||
         status.says("failed to convert new object") ||
         status.says("field not declared in schema") ||
         status.says("failed to create manager for existing fields") ||
         status.says("unable to convert unstructured object") ||
         status.says("failed to create typed new object");
}

Error server_error(int status_code, const ApiStatus& status, const Attempt& attempt, bool secret) {
  return Error(kServerError,
               "cannot " + doing(attempt) + ": the server answered " + std::to_string(status_code) +
                   (secret ? "" : ": " + server_text(status.message)),
               status_code >= 500 ? Retry::transient : Retry::permanent);
}

Error classify(int code, const ApiStatus& status, const Attempt& attempt) {
  const bool secret = is_secret(attempt.key);
  if (namespace_terminates(status)) {
    return Error(kNamespaceTerminating,
                 "cannot " + doing(attempt) + ": the namespace " + attempt.key.namespace_ +
                     " is being deleted",
                 Retry::transient);
  }
  if (auto error = admission_error(status, attempt, secret)) return *std::move(error);
  switch (code) {
    case 400:
      return refused(status, attempt, secret);
    case 401:
      return Error(kUnauthorized,
                   "cannot " + doing(attempt) + ": the server refused our credentials",
                   Retry::denied)
          .with_help("renew the token or certificate of this client");
    case 403:
      if (status.says("exceeded quota")) {
        return Error(kQuotaExceeded,
                     "cannot " + doing(attempt) + ": " +
                         server_text(status.message.substr(status.message.find("exceeded quota"))),
                     Retry::denied);
      }
      return forbidden(status, attempt, secret);
    case 404:
      return not_found(status, attempt);
    case 409:
      return conflict(status, attempt, secret);
    case 410:
      return Error(kExpired, "the version asked for is too old", Retry::transient);
    case 413:
      return Error(kRequestTooLarge,
                   "cannot " + doing(attempt) + ": it is too large for the server");
    case 422:
      return refused(status, attempt, secret);
    case 429:
      return Error(kTooManyRequests, "the server asks for fewer requests", Retry::transient);
    case 500:
      if (manifest_error(status)) return refused(status, attempt, secret);
      return server_error(code, status, attempt, secret);
    case 502:
    case 503:
    case 504:
      return Error(kClusterUnavailable,
                   "cannot " + doing(attempt) + ": the server is not available (" +
                       std::to_string(code) + ")",
                   Retry::transient);
    default:
      return server_error(code, status, attempt, secret);
  }
}

}  // namespace

Error api_error(const HttpResponse& response, const Attempt& attempt) {
  return classify(response.status, parse_status(response.body), attempt);
}

FieldComplaint complaint_of(const Error& error) {
  const bool is_refusal = error.code() == kInvalidObject || error.code() == kImmutableField;
  if (!is_refusal) return {};
  const std::string& message = error.message();
  const std::string words = error.code() == kInvalidObject ? kRefusedWords : kImmutableWords;
  const size_t begin = message.find(words);
  if (begin == std::string::npos) return {};
  const std::string text = message.substr(begin + words.size());
  const size_t colon = text.find(": ");
  // What is no path is a sentence.
  if (colon == std::string::npos || text.find(' ') < colon) return {};
  const std::string rest = text.substr(colon + 2);
  return {text.substr(0, colon), rest.substr(0, rest.find("; "))};
}

std::optional<Duration> retry_after(const HttpResponse& response) {
  const std::string_view text = response.header("retry-after");
  int64_t seconds = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || code != std::errc() || end != text.data() + text.size() || seconds < 0 ||
      seconds > 3600)
    return std::nullopt;
  return std::chrono::seconds(seconds);
}

bool worth_retrying(const HttpResponse& response) {
  return response.status == 429 || response.status == 502 || response.status == 503 ||
         response.status == 504 || (response.status == 500 && retry_after(response).has_value());
}

bool worth_retrying(const Error& transport_error) {
  const ErrorCode code = transport_error.code();
  return code == kConnectFailed || code == kConnectionLost || code == kNameNotResolved ||
         (code == kTlsFailed && transport_error.retry() == Retry::transient);
}

}  // namespace plumb
