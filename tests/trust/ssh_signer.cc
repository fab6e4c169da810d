#include "ssh_signer.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <vector>

#include "base/check.h"
#include "base/digest.h"
#include "core/trust/signature/public_key_parts.h"
#include "core/trust/signature/ssh_wire.h"

namespace plumb::test {
namespace {

using trust::append_ssh_string;
using trust::KeyAlgorithm;

constexpr const char* kApplication = "ssh:";

std::string raw(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

std::string number32(uint32_t value) {
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(value >> shift & 0xff);
  return out;
}

void append_positive(std::string& out, const BIGNUM* number) {
  std::string digits(static_cast<size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(digits.data()));
  if (digits.empty() || (static_cast<uint8_t>(digits[0]) & 0x80) != 0) digits.insert(0, 1, '\0');
  append_ssh_string(out, digits);
}

EVP_PKEY* make_private(KeyAlgorithm algorithm, std::string_view seed, unsigned rsa_bits) {
  const std::string_view curve = trust::curve_of(algorithm);
  if (curve == "nistp256") return EVP_EC_gen("P-256");
  if (curve == "nistp384") return EVP_EC_gen("P-384");
  if (curve == "nistp521") return EVP_EC_gen("P-521");
  if (algorithm == KeyAlgorithm::rsa) return EVP_RSA_gen(rsa_bits);
  const Digest secret = sha256(seed);
  return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.bytes.data(), 32);
}

std::string public_blob(KeyAlgorithm algorithm, EVP_PKEY* key) {
  std::string out;
  append_ssh_string(out, trust::name_of(algorithm));
  const std::string_view curve = trust::curve_of(algorithm);
  if (algorithm == KeyAlgorithm::rsa) {
    for (const char* name : {OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_RSA_N}) {
      BIGNUM* number = nullptr;
      CHECK(EVP_PKEY_get_bn_param(key, name, &number) == 1);
      append_positive(out, number);
      BN_free(number);
    }
    return out;
  }
  std::string point(200, '\0');
  size_t size = point.size();
  auto* data = reinterpret_cast<unsigned char*>(point.data());
  if (curve.empty()) {
    CHECK(EVP_PKEY_get_raw_public_key(key, data, &size) == 1);
  } else {
    append_ssh_string(out, curve);
    CHECK(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, data, point.size(),
                                          &size) == 1);
  }
  append_ssh_string(out, std::string_view(point).substr(0, size));
  if (trust::is_hardware_key(algorithm)) append_ssh_string(out, kApplication);
  return out;
}

const EVP_MD* digest_for(KeyAlgorithm algorithm, const SshClaims& claims) {
  if (claims.sha1) return EVP_sha1();
  const std::string_view curve = trust::curve_of(algorithm);
  if (curve == "nistp256") return EVP_sha256();
  if (curve == "nistp384") return EVP_sha384();
  if (algorithm == KeyAlgorithm::rsa && claims.type == "rsa-sha2-256") return EVP_sha256();
  return EVP_sha512();
}

std::string raw_signature(KeyAlgorithm algorithm, EVP_PKEY* key, std::string_view message,
                          const SshClaims& claims) {
  const bool ed25519 = algorithm == KeyAlgorithm::ed25519 || algorithm == KeyAlgorithm::sk_ed25519;
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  CHECK(EVP_DigestSignInit(context, nullptr, ed25519 ? nullptr : digest_for(algorithm, claims),
                           nullptr, key) == 1);
  const auto* data = reinterpret_cast<const unsigned char*>(message.data());
  std::string out(4096, '\0');
  size_t size = out.size();
  CHECK(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(out.data()), &size, data,
                       message.size()) == 1);
  EVP_MD_CTX_free(context);
  out.resize(size);
  return out;
}

std::string ecdsa_body(std::string_view der) {
  const auto* data = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &data, static_cast<long>(der.size()));
  CHECK(signature != nullptr);
  std::string out;
  append_positive(out, ECDSA_SIG_get0_r(signature));
  append_positive(out, ECDSA_SIG_get0_s(signature));
  ECDSA_SIG_free(signature);
  return out;
}

}  // namespace

struct SshSigner::Private {
  EVP_PKEY* key;
  ~Private() { EVP_PKEY_free(key); }
};

SshSigner::SshSigner(KeyAlgorithm algorithm, std::string_view seed, unsigned rsa_bits)
    : algorithm_(algorithm), private_(new Private{make_private(algorithm, seed, rsa_bits)}) {
  CHECK(private_->key != nullptr);
  blob_ = public_blob(algorithm, private_->key);
}
SshSigner::~SshSigner() = default;
SshSigner::SshSigner(SshSigner&&) noexcept = default;

std::string SshSigner::public_line() const {
  return std::string(trust::name_of(algorithm_)) + " " + base64_encode(blob_);
}

trust::SshPublicKey SshSigner::key() const {
  return *trust::parse_ssh_public_key(public_line(), {.min_rsa_bits = 1024});
}

std::string SshSigner::sign_blob(std::string_view payload, const SshClaims& claims) const {
  const auto hash = claims.hash == "sha256"   ? trust::HashAlgorithm::sha256
                    : claims.hash == "sha384" ? trust::HashAlgorithm::sha384
                                              : trust::HashAlgorithm::sha512;
  std::string message = claims.magic;
  append_ssh_string(message, claims.signature_namespace);
  append_ssh_string(message, "");
  append_ssh_string(message, claims.hash);
  append_ssh_string(message, trust::hash_of(hash, payload));
  const bool hardware = trust::is_hardware_key(algorithm_);
  const std::string device = static_cast<char>(claims.flags) + number32(claims.counter);
  if (hardware) message = raw(sha256(kApplication)) + device + raw(sha256(message));
  std::string body = raw_signature(algorithm_, private_->key, message, claims);
  if (!trust::curve_of(algorithm_).empty()) body = ecdsa_body(body);
  const std::string type = !claims.type.empty() ? claims.type
                           : algorithm_ == KeyAlgorithm::rsa
                               ? "rsa-sha2-512"
                               : std::string(trust::name_of(algorithm_));
  std::string inner;
  append_ssh_string(inner, type);
  append_ssh_string(inner, body);
  if (hardware) inner += device;
  inner += claims.after_body;
  std::string out = claims.magic + number32(claims.version);
  append_ssh_string(out, blob_);
  append_ssh_string(out, claims.signature_namespace);
  append_ssh_string(out, claims.reserved);
  append_ssh_string(out, claims.hash);
  append_ssh_string(out, inner);
  return out + claims.after_blob;
}

std::string SshSigner::sign(std::string_view payload, const SshClaims& claims) const {
  return ssh_armor(sign_blob(payload, claims));
}

std::string ssh_armor(std::string_view blob) {
  const std::string text = base64_encode(blob);
  std::string out = "-----BEGIN SSH SIGNATURE-----\n";
  for (size_t at = 0; at < text.size(); at += 70) out += text.substr(at, 70) + "\n";
  return out + "-----END SSH SIGNATURE-----\n";
}

std::string with_commit_signature(std::string_view unsigned_commit, std::string_view armor,
                                  std::string_view header) {
  const size_t end = unsigned_commit.find("\n\n") + 1;
  std::string folded(header);
  for (size_t at = 0; at < armor.size();) {
    const size_t stop = std::min(armor.find('\n', at), armor.size());
    folded += " " + std::string(armor.substr(at, stop - at)) + "\n";
    at = stop + 1;
  }
  return std::string(unsigned_commit.substr(0, end)) + folded +
         std::string(unsigned_commit.substr(end));
}

}  // namespace plumb::test
