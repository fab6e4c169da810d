// Public keys of principals. SSH keys are parsed from the text of an authorized_keys or .pub line
// (RFC 4253, RFC 5656, RFC 8709, OpenSSH's PROTOCOL.u2f); OpenPGP keys are named by their full
// fingerprint and come with the certificate that they stand in. Values; pure; thread safe.
// Errors: kBadPublicKey, kWeakSignature (RSA too short), kUnsupportedSignature (certificates, DSA).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "base/strong.h"
#include "core/trust/signature/signature_errors.h"

namespace plumb::trust {

// "SHA256:" and unpadded base64 as ssh-keygen -l prints it, or "openpgp:" and 40 upper-case
// hexadecimal digits. Equal fingerprints mean the same key.
using KeyFingerprint = StrongString<struct KeyFingerprintTag>;

enum class KeyAlgorithm {
  ed25519,
  ecdsa_p256,
  ecdsa_p384,
  ecdsa_p521,
  rsa,
  sk_ed25519,     // a hardware key (FIDO)
  sk_ecdsa_p256,  // a hardware key (FIDO)
};

// OpenSSH's name: "ssh-ed25519", "sk-ssh-ed25519@openssh.com".
[[nodiscard]] std::string_view name_of(KeyAlgorithm algorithm);
[[nodiscard]] bool is_hardware_key(KeyAlgorithm algorithm);

struct KeyRules {
  int min_rsa_bits = 3072;          // SSH
  int min_openpgp_rsa_bits = 2048;  // forges still sign with such keys
};

struct SshPublicKey {
  KeyAlgorithm algorithm = KeyAlgorithm::ed25519;
  std::string blob;  // wire form: identity of the key
  KeyFingerprint fingerprint;
  int rsa_bits = 0;         // 0 unless rsa
  std::string application;  // hardware keys: "ssh:", signed with every message
  std::string comment;

  friend bool operator==(const SshPublicKey& a, const SshPublicKey& b) { return a.blob == b.blob; }
};

// "ssh-ed25519 AAAA… comment". Options in front of the type are refused: they would not be obeyed.
[[nodiscard]] Result<SshPublicKey> parse_ssh_public_key(std::string_view line,
                                                        const KeyRules& rules = {});
// The wire form that stands in the line and in signatures.
[[nodiscard]] Result<SshPublicKey> parse_ssh_key_blob(std::string_view blob,
                                                      const KeyRules& rules = {});

// A key that a policy names as "openpgp:<fingerprint>". The fingerprint is that of the primary key
// (any of its sub-keys that may sign counts) or of one signing sub-key (that one alone counts).
struct OpenPgpKey {
  KeyFingerprint fingerprint;
  std::string certificate;  // transferable public key, armoured or binary, as exported by gpg
};

// Takes "openpgp:" or no prefix, 40 digits of either case, single spaces between groups as gpg
// prints them. Short ids (8 or 16 digits) are refused: they can be made to clash.
[[nodiscard]] Result<KeyFingerprint> parse_openpgp_fingerprint(std::string_view text);

// The keys that may have signed. Immutable once built.
class KeySet {
 public:
  KeySet() = default;
  KeySet(std::vector<SshPublicKey> ssh, std::vector<OpenPgpKey> openpgp);

  [[nodiscard]] const SshPublicKey* find_ssh(std::string_view blob) const;
  [[nodiscard]] const std::vector<SshPublicKey>& ssh() const { return ssh_; }
  [[nodiscard]] const std::vector<OpenPgpKey>& openpgp() const { return openpgp_; }
  [[nodiscard]] bool empty() const { return ssh_.empty() && openpgp_.empty(); }
  // Of all keys and certificates, in whatever order they were given.
  [[nodiscard]] const Digest& digest() const { return digest_; }

 private:
  std::vector<SshPublicKey> ssh_;    // by blob, no two the same
  std::vector<OpenPgpKey> openpgp_;  // by fingerprint
  Digest digest_{};
};

}  // namespace plumb::trust
