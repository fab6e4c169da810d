// OpenSSL's libcrypto as a library of pure functions: nothing of it does I/O here.
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "base/check.h"
#include "core/trust/signature/public_key_parts.h"

namespace plumb::trust {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;

// What is left in the thread's error queue would be taken for an error of the next user of TLS.
struct ErrorQueue {
  ErrorQueue() = default;
  ErrorQueue(const ErrorQueue&) = delete;
  ErrorQueue& operator=(const ErrorQueue&) = delete;
  ~ErrorQueue() { ERR_clear_error(); }
};

const unsigned char* data(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// Fetched once each: looking up the provider is slow in OpenSSL 3.
const EVP_MD* digest_of(HashAlgorithm algorithm) {
  static const EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const kSha384 = EVP_MD_fetch(nullptr, "SHA384", nullptr);
  static const EVP_MD* const kSha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  switch (algorithm) {
    case HashAlgorithm::sha256:
      return kSha256;
    case HashAlgorithm::sha384:
      return kSha384;
    case HashAlgorithm::sha512:
      break;
  }
  return kSha512;
}

Key from_params(const char* type, OSSL_PARAM* params) {
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
    return nullptr;
  }
  return Key(key);
}

Key ec_key(std::string_view curve, std::string_view point) {
  const std::string_view group = curve == "nistp256"   ? "P-256"
                                 : curve == "nistp384" ? "P-384"
                                                       : "P-521";
  std::string name(group), octets(point);
  std::array<OSSL_PARAM, 3> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size()),
      OSSL_PARAM_construct_end()};
  return from_params("EC", params.data());
}

Key rsa_key(std::string_view modulus, std::string_view exponent) {
  const Number n(BN_bin2bn(data(modulus), static_cast<int>(modulus.size()), nullptr));
  const Number e(BN_bin2bn(data(exponent), static_cast<int>(exponent.size()), nullptr));
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder || OSSL_PARAM_BLD_push_BN(builder.get(), "n", n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), "e", e.get()) != 1) {
    return nullptr;
  }
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  return params ? from_params("RSA", params.get()) : nullptr;
}

Key make_key(const KeyParts& parts) {
  const std::string_view curve = curve_of(parts.algorithm);
  if (!curve.empty()) return ec_key(curve, parts.point);
  if (parts.algorithm == KeyAlgorithm::rsa) return rsa_key(parts.modulus, parts.exponent);
  return Key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, data(parts.point),
                                         parts.point.size()));
}

// The y coordinates of the points of order 1, 2, 4 and 8, with those that are written unreduced.
// A key with such a point accepts signatures that nobody made.
constexpr std::array<std::string_view, 7> kSmallOrder = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};

bool is_small_order(std::string_view point) {
  Digest y;
  std::copy(point.begin(), point.end(), y.bytes.begin());
  y.bytes.back() &= 0x7f;  // the sign of x
  return std::find(kSmallOrder.begin(), kSmallOrder.end(), y.hex()) != kSmallOrder.end();
}

size_t coordinate_bytes(std::string_view curve) {
  return curve == "nistp256" ? 32 : curve == "nistp384" ? 48 : 66;
}

Error unusable(const char* what) {
  return Error(kBadPublicKey, std::string("public key: ") + what, Retry::denied);
}

}  // namespace

Result<void> check_usable(const KeyParts& parts) {
  const ErrorQueue queue;
  const std::string_view curve = curve_of(parts.algorithm);
  if (parts.algorithm == KeyAlgorithm::rsa) {
    return rsa_key(parts.modulus, parts.exponent) ? Result<void>() : unusable("not an RSA key");
  }
  if (curve.empty()) {
    if (parts.point.size() != 32) return unusable("an Ed25519 key has 32 bytes");
    if (is_small_order(parts.point)) return unusable("its point is of small order");
    return {};
  }
  if (parts.point.size() != 1 + 2 * coordinate_bytes(curve) || parts.point[0] != 4) {
    return unusable("its point is not in uncompressed form");
  }
  const Key key = ec_key(curve, parts.point);
  if (!key) return unusable("its point is not on the curve");
  const KeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (!context || EVP_PKEY_public_check(context.get()) != 1) {
    return unusable("its point is not on the curve");
  }
  return {};
}

bool verify_raw(const KeyParts& parts, HashAlgorithm hash, std::string_view message,
                std::string_view signature) {
  const ErrorQueue queue;
  const bool ed25519 =
      parts.algorithm == KeyAlgorithm::ed25519 || parts.algorithm == KeyAlgorithm::sk_ed25519;
  const Key key = make_key(parts);
  const DigestContext context(EVP_MD_CTX_new());
  if (!key || !context) return false;
  if (EVP_DigestVerifyInit(context.get(), nullptr, ed25519 ? nullptr : digest_of(hash), nullptr,
                           key.get()) != 1) {
    return false;
  }
  return EVP_DigestVerify(context.get(), data(signature), signature.size(), data(message),
                          message.size()) == 1;
}

std::string hash_of(HashAlgorithm algorithm, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), out.data(), &size, digest_of(algorithm), nullptr) ==
        1);
  return {reinterpret_cast<const char*>(out.data()), size};
}

}  // namespace plumb::trust
