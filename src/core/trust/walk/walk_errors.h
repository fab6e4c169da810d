// Why a commit or a whole history was refused: E0440 to E0459. All are Retry::denied but for
// kMissingObject. The names are the reasons of conditions and of `plumb verify`.
#pragma once

#include "base/error.h"

namespace plumb::trust {

// The tip does not descend from the last accepted commit: a rewind or a forced push.
inline constexpr ErrorCode kNotFastForward{440, "NotFastForward"};
// A commit without parents: a history that begins elsewhere.
inline constexpr ErrorCode kUnrelatedHistory{441, "UnrelatedHistory"};
inline constexpr ErrorCode kTooManyCommits{442, "TooManyCommits"};
// An object that the history needs is not there (a shallow clone, a fetch cut short).
inline constexpr ErrorCode kMissingObject{443, "MissingObject"};
inline constexpr ErrorCode kBadTree{444, "BadTree"};
inline constexpr ErrorCode kNoRule{445, "NoRule"};
inline constexpr ErrorCode kNotAllowed{446, "NotAllowed"};
inline constexpr ErrorCode kNotApproved{447, "NotApproved"};
inline constexpr ErrorCode kOutOfScope{448, "OutOfScope"};
inline constexpr ErrorCode kOctopusMerge{449, "OctopusMerge"};
// Outside of notBefore and notAfter of its principal.
inline constexpr ErrorCode kKeyNotInForce{450, "KeyNotInForce"};
inline constexpr ErrorCode kKeyCompromised{451, "KeyCompromised"};
inline constexpr ErrorCode kLightweightTag{452, "LightweightTag"};
inline constexpr ErrorCode kWrongTag{453, "WrongTag"};
inline constexpr ErrorCode kTagMoved{454, "TagMoved"};
// .plumb/policy.yaml of the repository cannot be read.
inline constexpr ErrorCode kBadRepositoryRules{455, "BadRepositoryRules"};
// The policy does not speak of this URL and ref.
inline constexpr ErrorCode kNotASource{456, "NotASource"};
inline constexpr ErrorCode kBadStatement{457, "BadStatement"};
// Nobody has signed that this is the newest, for longer than the policy allows.
inline constexpr ErrorCode kNotFresh{458, "NotFresh"};

}  // namespace plumb::trust
