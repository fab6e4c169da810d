#include "core/trust/signature/sshsig.h"

#include "base/text.h"
#include "core/trust/signature/armor.h"
#include "core/trust/signature/public_key_parts.h"
#include "core/trust/signature/ssh_wire.h"

namespace plumb::trust {
namespace {

constexpr std::string_view kMagic = "SSHSIG";
constexpr uint8_t kUserPresent = 0x01;
constexpr uint8_t kUserVerified = 0x04;

Error malformed(const char* what) {
  return Error(kMalformedSignature, std::string("signature: ") + what);
}

std::string shown(std::string_view text) {
  return "\"" + escape_terminal(shorten(text, 60)) + "\"";
}

Error mismatch(const SshPublicKey& key) {
  return Error(kBadSignature, "the signature by " + key.fingerprint.str() +
                                  " is not of this content: it was changed after signing");
}

// r and s as the DER that OpenSSL takes.
std::string der_of(std::string_view r, std::string_view s) {
  const auto integer = [](std::string_view digits) {
    const bool sign = (static_cast<uint8_t>(digits[0]) & 0x80) != 0;
    std::string out = {'\x02', static_cast<char>(digits.size() + (sign ? 1 : 0))};
    if (sign) out += '\0';
    return out += digits;
  };
  const std::string both = integer(r) + integer(s);
  std::string out = "\x30";
  if (both.size() >= 128) out += '\x81';
  out += static_cast<char>(both.size());
  return out + both;
}

constexpr size_t kMaxCoordinate = 66;  // P-521

Result<std::string> ecdsa_signature(std::string_view body) {
  SshReader reader(body);
  const std::string_view r = reader.positive();
  const std::string_view s = reader.positive();
  if (!reader.complete()) return malformed("its numbers are not in their form");
  if (r.size() > kMaxCoordinate || s.size() > kMaxCoordinate) {
    return malformed("its numbers are too large");
  }
  return der_of(r, s);
}

// How the raw bytes of a signature type are to be read.
struct Scheme {
  HashAlgorithm hash = HashAlgorithm::sha512;
  std::string raw;
};

Result<Scheme> scheme_of(const KeyParts& parts, const SshSignature& signature) {
  switch (parts.algorithm) {
    case KeyAlgorithm::ed25519:
    case KeyAlgorithm::sk_ed25519:
      if (signature.body.size() != 64) return malformed("an Ed25519 signature has 64 bytes");
      return Scheme{HashAlgorithm::sha512, signature.body};
    case KeyAlgorithm::ecdsa_p256:
    case KeyAlgorithm::sk_ecdsa_p256:
      return Scheme{HashAlgorithm::sha256, TRY(ecdsa_signature(signature.body))};
    case KeyAlgorithm::ecdsa_p384:
      return Scheme{HashAlgorithm::sha384, TRY(ecdsa_signature(signature.body))};
    case KeyAlgorithm::ecdsa_p521:
      return Scheme{HashAlgorithm::sha512, TRY(ecdsa_signature(signature.body))};
    case KeyAlgorithm::rsa:
      break;
  }
  if (signature.body.size() != parts.modulus.size()) {
    return malformed("an RSA signature is as long as the key");
  }
  const bool sha256 = signature.type == "rsa-sha2-256";
  return Scheme{sha256 ? HashAlgorithm::sha256 : HashAlgorithm::sha512, signature.body};
}

Result<void> check_type(const SshPublicKey& key, const SshSignature& signature) {
  const bool fits = key.algorithm == KeyAlgorithm::rsa
                        ? signature.type == "rsa-sha2-256" || signature.type == "rsa-sha2-512"
                        : signature.type == name_of(key.algorithm);
  if (fits) return {};
  if (signature.type == "ssh-rsa") {
    return Error(kWeakSignature, "the signature is RSA with SHA-1 (ssh-rsa)")
        .with_help("sign with a newer OpenSSH: it uses rsa-sha2-512");
  }
  return Error(kUnsupportedSignature, "the signature is of type " + shown(signature.type) +
                                          ", its key of type " + shown(name_of(key.algorithm)));
}

Result<void> check_hardware(const SshPublicKey& key, const SshSignature& signature,
                            const VerifyOptions& options) {
  if (!signature.hardware) return {};
  if (options.require_user_presence && !signature.hardware->user_present) {
    return Error(kNoUserPresence,
                 "the hardware key " + key.fingerprint.str() + " signed without being touched")
        .with_help("make the key without no-touch-required");
  }
  if (options.require_user_verification && !signature.hardware->user_verified) {
    return Error(kNoUserPresence,
                 "the hardware key " + key.fingerprint.str() + " signed without PIN or finger")
        .with_help("make the key with -O verify-required");
  }
  return {};
}

// What the key signed: the wrapped message, or for hardware keys what FIDO makes of it.
std::string signed_bytes(std::string_view payload, const KeyParts& parts,
                         const SshSignature& signature) {
  const HashAlgorithm hash =
      signature.hash == "sha256" ? HashAlgorithm::sha256 : HashAlgorithm::sha512;
  std::string wrapped(kMagic);
  append_ssh_string(wrapped, signature.signature_namespace);
  append_ssh_string(wrapped, "");  // reserved: always empty here, whatever the signature says
  append_ssh_string(wrapped, signature.hash);
  append_ssh_string(wrapped, hash_of(hash, payload));
  if (!signature.hardware) return wrapped;
  std::string out = hash_of(HashAlgorithm::sha256, parts.application);
  const HardwareFlags& flags = *signature.hardware;
  out += static_cast<char>(flags.raw);
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(flags.counter >> shift & 0xff);
  return out + hash_of(HashAlgorithm::sha256, wrapped);
}

Result<void> check_claims(const SshSignature& signature, const VerifyOptions& options) {
  if (signature.signature_namespace != options.signature_namespace) {
    return Error(kWrongNamespace, "the signature is for namespace " +
                                      shown(signature.signature_namespace) + ", not " +
                                      shown(options.signature_namespace));
  }
  if (signature.hash != "sha256" && signature.hash != "sha512") {
    return Error(kWeakSignature, "the signature uses hash " + shown(signature.hash) +
                                     "; only sha256 and sha512 are accepted");
  }
  return {};
}

}  // namespace

Result<SshSignature> parse_sshsig(std::string_view blob) {
  SshReader outer(blob);
  if (outer.bytes(kMagic.size()) != kMagic) return malformed("it is not an SSH signature");
  if (outer.number() != 1) return malformed("its version is not 1");
  SshSignature out;
  out.key_blob = outer.string();
  out.signature_namespace = outer.string();
  (void)outer.string();  // reserved: to be ignored (PROTOCOL.sshsig)
  out.hash = outer.string();
  const std::string_view inner = outer.string();
  if (outer.failed()) return malformed("it is cut short");
  if (!outer.complete()) return malformed("bytes after its end");
  SshReader reader(inner);
  out.type = reader.string();
  out.body = reader.string();
  if (out.type.starts_with("sk-")) {
    const uint8_t flags = reader.byte();
    const uint32_t counter = reader.number();
    out.hardware =
        HardwareFlags{(flags & kUserPresent) != 0, (flags & kUserVerified) != 0, flags, counter};
  }
  if (!reader.complete()) return malformed("its inner part is cut short or too long");
  return out;
}

Result<VerifiedSignature> verify_sshsig(std::string_view payload, std::string_view armor,
                                        const KeySet& keys, const VerifyOptions& options) {
  const SshSignature signature = TRY(parse_sshsig(TRY(decode_ssh_armor(armor))));
  TRY(check_claims(signature, options));
  const SshPublicKey key = TRY(parse_ssh_key_blob(signature.key_blob, options.keys));
  if (!keys.find_ssh(key.blob)) {
    return Error(kUnknownKey,
                 "signed by " + std::string(name_of(key.algorithm)) + " key " +
                     key.fingerprint.str() + ", which the policy does not know",
                 Retry::denied);
  }
  TRY(check_type(key, signature));
  TRY(check_hardware(key, signature, options));
  const KeyParts parts = TRY(split_key_blob(key.blob));
  const Scheme scheme = TRY(scheme_of(parts, signature));
  if (!verify_raw(parts, scheme.hash, signed_bytes(payload, parts, signature), scheme.raw)) {
    return mismatch(key);
  }
  return VerifiedSignature{.key = key.fingerprint,
                           .principal_key = key.fingerprint,
                           .algorithm = signature.type,
                           .hash = signature.hash,
                           .signature_namespace = signature.signature_namespace,
                           .hardware = signature.hardware};
}

}  // namespace plumb::trust
