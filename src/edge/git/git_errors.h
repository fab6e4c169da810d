// Error codes of edge/git (3xx; 310 and 311 are model/git.h's). The name is the reason of a
// Repository's condition; Retry says who has to act. No message of this folder ever holds a
// credential: URLs lose their userinfo, texts of servers and of git pass through `scrub`.
#pragma once

#include "base/error.h"

namespace plumb {

inline constexpr ErrorCode kRepositoryUnreachable{300, "RepositoryUnreachable"};  // transient
inline constexpr ErrorCode kAuthFailed{301, "AuthFailed"};                        // denied
inline constexpr ErrorCode kRepositoryNotFound{302, "RepositoryNotFound"};        // permanent
inline constexpr ErrorCode kHostKeyMismatch{303, "HostKeyMismatch"};              // denied
inline constexpr ErrorCode kHostKeyUnknown{304, "HostKeyUnknown"};                // denied
inline constexpr ErrorCode kCertificateUntrusted{305, "CertificateUntrusted"};    // denied
inline constexpr ErrorCode kRefNotFound{306, "RefNotFound"};                      // permanent
inline constexpr ErrorCode kNonFastForward{307, "NonFastForward"};                // denied
inline constexpr ErrorCode kFetchTimeout{308, "FetchTimeout"};                    // transient
inline constexpr ErrorCode kCorruptPack{309, "CorruptPack"};                      // transient
inline constexpr ErrorCode kBadGitUrl{312, "BadGitUrl"};                          // permanent
inline constexpr ErrorCode kBadGitResponse{313, "BadGitResponse"};                // transient
inline constexpr ErrorCode kRedirectRefused{314, "RedirectRefused"};              // permanent
inline constexpr ErrorCode kCommitNotFound{315, "CommitNotFound"};                // permanent
inline constexpr ErrorCode kCorruptStore{316,
                                         "CorruptStore"};     // transient: the next fetch mends it
inline constexpr ErrorCode kStoreFailed{317, "StoreFailed"};  // transient: the local disk
inline constexpr ErrorCode kFetchFailed{318, "FetchFailed"};  // transient
inline constexpr ErrorCode kBadCredentials{319, "BadCredentials"};          // denied: their form
inline constexpr ErrorCode kUnsupportedObjects{320, "UnsupportedObjects"};  // permanent: SHA-256
inline constexpr ErrorCode kNotACommit{321, "NotACommit"};                  // permanent
inline constexpr ErrorCode kBadGitObject{322, "BadGitObject"};              // permanent

}  // namespace plumb
