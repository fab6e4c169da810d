// SSHSIG: OpenSSH's signature of a file (PROTOCOL.sshsig, version 1; sshsig.c and ssh-*.c of
// OpenSSH 9.2). Stricter than ssh-keygen: version exactly 1, canonical integers, RSA signatures as
// long as the modulus, no WebAuthn form. Pure; thread safe. Errors: signature_errors.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/trust/signature/verify.h"

namespace plumb::trust {

struct SshSignature {
  std::string key_blob;
  std::string signature_namespace;
  std::string hash;  // "sha256" or "sha512"; others are kWeakSignature
  std::string type;  // "ssh-ed25519", "rsa-sha2-512"
  std::string body;  // form of the type
  std::optional<HardwareFlags> hardware = {};
};

// From the bytes between the lines of the armour.
[[nodiscard]] Result<SshSignature> parse_sshsig(std::string_view blob);

[[nodiscard]] Result<VerifiedSignature> verify_sshsig(std::string_view payload,
                                                      std::string_view armor, const KeySet& keys,
                                                      const VerifyOptions& options);

}  // namespace plumb::trust
