// OpenPgpVerifier: what is known of one OpenPGP signature, found by a part that is not trusted with
// anything else (edge/openpgp: a child process without rights). It reports facts;
// core/trust/signature judges.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace plumb {

struct OpenPgpFindings {
  bool matches = false;             // the signature is of these bytes by the key named below
  std::string fingerprint;          // of the key that signed; 40 upper-case digits; "" not found
  std::string primary_fingerprint;  // of the certificate that it belongs to
  bool may_sign = false;            // it is bound to its primary and has the flag for signing
  bool revoked = false;             // the key or its primary
  std::string algorithm;            // "RSA", "EDDSA"
  int bits = 0;
  std::string hash;  // "SHA256"
  WallTime signed_at{};
  WallTime key_created{};
  std::optional<WallTime> key_expires = {};  // the earlier of the key's and its primary's

  friend bool operator==(const OpenPgpFindings&, const OpenPgpFindings&) = default;
};

// Used by one thread at a time.
class OpenPgpVerifier {
 public:
  virtual ~OpenPgpVerifier() = default;

  // `signature` is one binary signature packet. An error means that nothing was found out.
  [[nodiscard]] virtual Result<OpenPgpFindings> examine(
      std::string_view payload, std::string_view signature,
      const std::vector<std::string>& certificates) = 0;
};

}  // namespace plumb
