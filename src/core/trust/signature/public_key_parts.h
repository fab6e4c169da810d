// What an SSH public key is made of, and the checks that need arithmetic. Internal to this folder.
#pragma once

#include <string_view>

#include "core/trust/signature/public_key.h"

namespace plumb::trust {

// Borrows the blob it was split from.
struct KeyParts {
  KeyAlgorithm algorithm = KeyAlgorithm::ed25519;
  std::string_view point;        // all but RSA
  std::string_view exponent;     // RSA, big-endian
  std::string_view modulus;      // RSA, big-endian
  std::string_view application;  // hardware keys
};

[[nodiscard]] Result<KeyParts> split_key_blob(std::string_view blob);
[[nodiscard]] std::string_view curve_of(KeyAlgorithm algorithm);  // "" where there is none

// Whether the numbers are a key: the point is on its curve and not of small order, sizes fit.
[[nodiscard]] Result<void> check_usable(const KeyParts& parts);

enum class HashAlgorithm { sha256, sha384, sha512 };

// Whether the signature in its raw form is of the message: 64 bytes for Ed25519, as long as the
// modulus for RSA (PKCS #1 v1.5), DER for ECDSA.
[[nodiscard]] bool verify_raw(const KeyParts& parts, HashAlgorithm hash, std::string_view message,
                              std::string_view signature);

[[nodiscard]] std::string hash_of(HashAlgorithm algorithm, std::string_view bytes);

}  // namespace plumb::trust
