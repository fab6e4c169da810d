// SshSigner: makes SSH keys and SSHSIG signatures with OpenSSL, right ones and wrong ones. For
// tests; also stands in for hardware keys, which ssh-keygen cannot make without a device.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/trust/signature/public_key.h"

namespace plumb::test {

// What a signature is to say; the defaults are what `git commit -S` asks for.
struct SshClaims {
  std::string magic = "SSHSIG";
  uint32_t version = 1;
  std::string signature_namespace = "git";
  std::string reserved = "";
  std::string hash = "sha512";
  std::string type = "";        // "" is the right one for the key
  uint8_t flags = 0x01;         // hardware keys: user presence
  uint32_t counter = 7;         // hardware keys
  std::string after_body = "";  // bytes after the inner signature
  std::string after_blob = "";  // bytes after the whole
  bool sha1 = false;            // RSA: really sign with SHA-1
};

class SshSigner {
 public:
  // Keys of the same seed are the same for Ed25519; for others the seed is not used.
  explicit SshSigner(trust::KeyAlgorithm algorithm, std::string_view seed = "seed",
                     unsigned rsa_bits = 3072);
  ~SshSigner();
  SshSigner(SshSigner&&) noexcept;

  [[nodiscard]] const std::string& blob() const { return blob_; }
  [[nodiscard]] std::string public_line() const;  // "ssh-ed25519 AAAA…"
  [[nodiscard]] trust::SshPublicKey key() const;  // any size of RSA
  [[nodiscard]] std::string sign_blob(std::string_view payload, const SshClaims& claims = {}) const;
  [[nodiscard]] std::string sign(std::string_view payload, const SshClaims& claims = {}) const;

 private:
  struct Private;
  trust::KeyAlgorithm algorithm_;
  std::unique_ptr<Private> private_;
  std::string blob_;
};

// As ssh-keygen writes it: lines of 70 characters.
[[nodiscard]] std::string ssh_armor(std::string_view blob);

// A commit or tag made by hand, signed as git would: puts the signature where Git does.
[[nodiscard]] std::string with_commit_signature(std::string_view unsigned_commit,
                                                std::string_view armor,
                                                std::string_view header = "gpgsig");

}  // namespace plumb::test
