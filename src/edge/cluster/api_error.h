// What an answer of the Kubernetes API that is not a success means: one of the codes below, a
// message in plain words that names the field, and who must act (Retry). Pure functions.
//
// The text of the server is never passed on for Secrets: kube-apiserver v1.36 echoes values in
// errors of server-side apply. Such errors name the field path and say "value hidden".
// kube-apiserver answers some mistakes of a manifest with HTTP 500 ("failed to create typed patch
// object"); these are permanent, not worth a retry.
#pragma once

#include <optional>
#include <string>

#include "edge/net/http_client.h"
#include "model/object.h"

namespace plumb {

inline constexpr ErrorCode kUnauthorized{501, "Unauthorized"};
inline constexpr ErrorCode kForbidden{502, "Forbidden"};
inline constexpr ErrorCode kObjectNotFound{503, "NotFound"};
inline constexpr ErrorCode kObjectConflict{504, "Conflict"};  // resourceVersion or uid precondition
inline constexpr ErrorCode kFieldConflict{505, "FieldConflict"};  // another field manager owns it
inline constexpr ErrorCode kInvalidObject{506, "Invalid"};
inline constexpr ErrorCode kImmutableField{507, "Immutable"};
inline constexpr ErrorCode kKindNotServed{508, "KindNotServed"};
inline constexpr ErrorCode kAdmissionDenied{509, "AdmissionDenied"};  // webhook or admission policy
inline constexpr ErrorCode kAdmissionUnavailable{510, "AdmissionUnavailable"};  // webhook is down
inline constexpr ErrorCode kQuotaExceeded{511, "QuotaExceeded"};
inline constexpr ErrorCode kNamespaceTerminating{512, "NamespaceTerminating"};
inline constexpr ErrorCode kNamespaceMissing{513, "NamespaceMissing"};
inline constexpr ErrorCode kTooManyRequests{514, "TooManyRequests"};
inline constexpr ErrorCode kClusterUnavailable{515, "ClusterUnavailable"};
inline constexpr ErrorCode kAlreadyExists{516, "AlreadyExists"};
inline constexpr ErrorCode kExpired{517, "Expired"};  // HTTP 410: the resourceVersion is too old
inline constexpr ErrorCode kServerError{518, "ServerError"};
inline constexpr ErrorCode kBadAnswer{519, "BadAnswer"};
inline constexpr ErrorCode kImpersonationMissing{520, "ImpersonationMissing"};
inline constexpr ErrorCode kRequestTooLarge{521, "RequestTooLarge"};
inline constexpr ErrorCode kHistoryWentBack{522, "HistoryWentBack"};  // etcd was restored
inline constexpr ErrorCode kServerLost{523,
                                       "ServerLost"};  // no answer for ClientOptions::lost_after

// What was attempted, for the message.
struct Attempt {
  std::string verb;  // "apply", "delete", "get", …
  ObjectKey key;     // name "" for lists
  std::string impersonate = {};
};

// For any status >= 400 (or a Status object of kind Failure in a watch).
[[nodiscard]] Error api_error(const HttpResponse& response, const Attempt& attempt);
// The first field that an error of api_error is about, and what is wrong with it: {"spec.replica",
// "there is no such field"}. Empty where it names none.
struct FieldComplaint {
  std::string field;
  std::string what;
};
[[nodiscard]] FieldComplaint complaint_of(const Error& error);
// Seconds of a Retry-After header (delta-seconds only, as kube-apiserver sends).
[[nodiscard]] std::optional<Duration> retry_after(const HttpResponse& response);
// The server said "not now" or the transport failed: an idempotent request may be repeated.
[[nodiscard]] bool worth_retrying(const HttpResponse& response);
[[nodiscard]] bool worth_retrying(const Error& transport_error);

}  // namespace plumb
