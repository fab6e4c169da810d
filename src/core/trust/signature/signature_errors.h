// Why a commit, tag, key or signature was refused: the codes of this folder. E0410 to E0429; the
// policy that builds on it starts at E0430. All are Retry::permanent or Retry::denied, but for
// kOpenPgpUnavailable.
#pragma once

#include "base/error.h"

namespace plumb::trust {

// The bytes are not what `git commit` or `git tag` writes.
inline constexpr ErrorCode kBadSignedObject{410, "BadSignedObject"};
inline constexpr ErrorCode kSeveralSignatures{411, "SeveralSignatures"};
inline constexpr ErrorCode kUnsigned{412, "Unsigned"};
inline constexpr ErrorCode kUnknownKey{413, "UnknownKey"};
// The signature is well formed, its key is known, and it is not of these bytes.
inline constexpr ErrorCode kBadSignature{414, "BadSignature"};
inline constexpr ErrorCode kMalformedSignature{415, "MalformedSignature"};
inline constexpr ErrorCode kWrongNamespace{416, "WrongNamespace"};
inline constexpr ErrorCode kWeakSignature{417, "WeakSignature"};
inline constexpr ErrorCode kNoUserPresence{418, "NoUserPresence"};
inline constexpr ErrorCode kUnsupportedSignature{419, "UnsupportedSignature"};
inline constexpr ErrorCode kBadPublicKey{420, "BadPublicKey"};
inline constexpr ErrorCode kKeyExpired{421, "KeyExpired"};
inline constexpr ErrorCode kKeyRevoked{422, "KeyRevoked"};
// The part that reads OpenPGP is missing, crashed or did not answer: nothing was decided.
inline constexpr ErrorCode kOpenPgpUnavailable{423, "OpenPgpUnavailable"};

}  // namespace plumb::trust
