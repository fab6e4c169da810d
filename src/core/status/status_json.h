// Status <-> the JSON of our custom resources' status field. An inventory entry is {"id", "v",
// "h"}: the id of Flux's form, the API version, and the base64 of a record {format 1, uid, D, S,
// P}. A format that is not known is an error: such an app is left alone, never pruned. Records of
// Secrets are never written.
#pragma once

#include "base/result.h"
#include "lang/value/value.h"
#include "model/status.h"

namespace plumb {

inline constexpr ErrorCode kBadStatus{750, "BadStatus"};

[[nodiscard]] Value to_value(const AppStatus& status);
[[nodiscard]] Value to_value(const RepositoryStatus& status);
[[nodiscard]] Result<AppStatus> app_status_of(const Value& status);
[[nodiscard]] Result<RepositoryStatus> repository_status_of(const Value& status);

// The status of a resource that cannot be decoded: what stands there, with conditions that say why.
// Everything else of it is kept as it is, readable or not.
[[nodiscard]] Value refused_status(const Value& status, int64_t generation, const Error& error,
                                   WallTime now);

}  // namespace plumb
