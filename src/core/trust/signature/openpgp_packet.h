// One OpenPGP signature packet (RFC 4880, 5.2), read strictly before anything else sees it: version
// 4, of binary data, a strong hash, known subpackets, no expiry, and not a byte more. So what
// reaches the OpenPGP library is of one narrow form. Pure; thread safe.
// Errors: kMalformedSignature, kWeakSignature, kUnsupportedSignature.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "core/trust/signature/signature_errors.h"

namespace plumb::trust {

struct OpenPgpSignature {
  std::string algorithm;           // "rsa", "ecdsa", "eddsa"
  std::string hash;                // "SHA256"
  WallTime signed_at{};            // the signer's claim
  std::string issuer_fingerprint;  // 40 upper-case digits, or "" where only the id is given
  std::string issuer_id;           // 16 upper-case digits, or ""
};

[[nodiscard]] Result<OpenPgpSignature> parse_openpgp_signature(std::string_view packet);

}  // namespace plumb::trust
