// verify_signature: is this armour a signature of these bytes by one of these keys?
//
// SSHSIG (OpenSSH 9.2, PROTOCOL.sshsig and sshsig.c) is judged here, on OpenSSL as a library of
// functions. Of OpenPGP the armour and the one signature packet are checked here (RFC 4880; see
// openpgp_packet.h); the rest is the work of an OpenPgpVerifier outside of the process, whose
// findings are judged here. Never looser than `git verify-commit` and `ssh-keygen -Y verify`.
//
// Pure, but for what the OpenPgpVerifier does. Thread safe. Errors: signature_errors.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "core/trust/signature/git_object.h"
#include "core/trust/signature/public_key.h"
#include "core/trust/signature/signature_errors.h"
#include "model/openpgp.h"

namespace plumb::trust {

inline constexpr const char* kGitNamespace = "git";

struct VerifyOptions {
  std::string signature_namespace = kGitNamespace;  // SSHSIG only
  KeyRules keys = {};
  bool require_user_presence = true;       // hardware keys: someone touched it
  bool require_user_verification = false;  // hardware keys: PIN or finger
  // The operator's clock, for the expiry of OpenPGP keys. Where it is not set, a key that has an
  // expiry is refused.
  std::optional<WallTime> now = {};
  // Null refuses OpenPGP signatures with kOpenPgpUnavailable.
  OpenPgpVerifier* openpgp = nullptr;
};

struct HardwareFlags {
  bool user_present = false;
  bool user_verified = false;
  uint8_t raw = 0;  // the byte they stand in
  uint32_t counter = 0;

  friend bool operator==(const HardwareFlags&, const HardwareFlags&) = default;
};

struct VerifiedSignature {
  KeyFingerprint key;               // the key that signed; for OpenPGP the (sub-)key itself
  KeyFingerprint principal_key;     // the key of the KeySet that it counts for
  std::string algorithm;            // "ssh-ed25519", "openpgp-eddsa": for people
  std::string hash;                 // "sha256", "sha512", …
  std::string signature_namespace;  // "git"; "" for OpenPGP
  std::optional<HardwareFlags> hardware = {};
  std::optional<WallTime> signed_at = {};    // OpenPGP; the signer's claim
  std::optional<WallTime> valid_until = {};  // OpenPGP keys that expire: the verdict ends here

  friend bool operator==(const VerifiedSignature&, const VerifiedSignature&) = default;
};

[[nodiscard]] Result<VerifiedSignature> verify_signature(std::string_view payload,
                                                         std::string_view armor, const KeySet& keys,
                                                         const VerifyOptions& options);

// kUnsigned where there is no signature, else verify_signature.
[[nodiscard]] Result<VerifiedSignature> verify_commit(const CommitObject& commit,
                                                      const KeySet& keys,
                                                      const VerifyOptions& options);
[[nodiscard]] Result<VerifiedSignature> verify_tag(const TagObject& tag, const KeySet& keys,
                                                   const VerifyOptions& options);

// Identity of what a verdict depends on besides the object's id: keys and options, not the time.
[[nodiscard]] Digest digest_of(const KeySet& keys, const VerifyOptions& options);

}  // namespace plumb::trust
