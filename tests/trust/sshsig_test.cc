#include "core/trust/signature/sshsig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/trust/signature/ssh_wire.h"
#include "core/trust/signature/verification_cache.h"
#include "ssh_signer.h"

namespace plumb::trust {
namespace {

using test::SshClaims;
using test::SshSigner;
using testing::HasSubstr;

constexpr const char* kPayload = "tree 1\n\nmessage\n";

Result<VerifiedSignature> check(const SshSigner& signer, const SshClaims& claims,
                                const VerifyOptions& options = {}) {
  return verify_signature(kPayload, signer.sign(kPayload, claims), KeySet({signer.key()}, {}),
                          options);
}

std::string why_not(const Result<VerifiedSignature>& verified) {
  EXPECT_FALSE(verified.has_value());
  return verified ? ""
                  : std::string(verified.error().code().name) + ": " + verified.error().message();
}

class EveryAlgorithm : public testing::TestWithParam<KeyAlgorithm> {};

TEST_P(EveryAlgorithm, SignsAndIsVerified) {
  const SshSigner signer(GetParam());
  for (const char* hash : {"sha256", "sha512"}) {
    const auto verified = check(signer, {.hash = hash});
    ASSERT_TRUE(verified) << verified.error().render();
    EXPECT_EQ(verified->key, signer.key().fingerprint);
    EXPECT_EQ(verified->principal_key, signer.key().fingerprint);
    EXPECT_EQ(verified->hash, hash);
    EXPECT_EQ(verified->signature_namespace, "git");
    EXPECT_EQ(verified->hardware.has_value(), is_hardware_key(GetParam()));
  }
}

TEST_P(EveryAlgorithm, OneBitAnywhereIsRefused) {
  const SshSigner signer(GetParam());
  const KeySet keys({signer.key()}, {});
  const std::string blob = signer.sign_blob(kPayload);
  for (size_t at = 0; at < blob.size(); ++at) {
    std::string changed = blob;
    changed[at] = static_cast<char>(changed[at] ^ 1 << at % 8);
    EXPECT_FALSE(verify_signature(kPayload, test::ssh_armor(changed), keys, {})) << at;
  }
  std::string payload = kPayload;
  payload[3] ^= 1;
  EXPECT_THAT(why_not(verify_signature(payload, test::ssh_armor(blob), keys, {})),
              HasSubstr("BadSignature"));
}

TEST_P(EveryAlgorithm, SignatureOfAnotherKey) {
  const SshSigner signer(GetParam());
  const SshSigner other(KeyAlgorithm::ed25519, "someone else");
  EXPECT_THAT(
      why_not(verify_signature(kPayload, signer.sign(kPayload), KeySet({other.key()}, {}), {})),
      HasSubstr("UnknownKey: signed by " + std::string(name_of(GetParam())) + " key " +
                signer.key().fingerprint.str()));
}

INSTANTIATE_TEST_SUITE_P(Ssh, EveryAlgorithm,
                         testing::Values(KeyAlgorithm::ed25519, KeyAlgorithm::ecdsa_p256,
                                         KeyAlgorithm::ecdsa_p384, KeyAlgorithm::ecdsa_p521,
                                         KeyAlgorithm::rsa, KeyAlgorithm::sk_ed25519,
                                         KeyAlgorithm::sk_ecdsa_p256));

TEST(SshSig, ClaimsAreHeldToTheRules) {
  const SshSigner signer(KeyAlgorithm::ed25519);
  EXPECT_THAT(why_not(check(signer, {.signature_namespace = "file"})),
              HasSubstr("WrongNamespace: the signature is for namespace \"file\", not \"git\""));
  EXPECT_THAT(why_not(check(signer, {.signature_namespace = std::string("git\0", 4)})),
              HasSubstr("WrongNamespace"));
  EXPECT_TRUE(check(signer, {.signature_namespace = "plumb-approval@v1"},
                    {.signature_namespace = "plumb-approval@v1"}));
  EXPECT_THAT(why_not(check(signer, {.hash = "sha384"})), HasSubstr("WeakSignature"));
  EXPECT_THAT(why_not(check(signer, {.hash = "sha1"})), HasSubstr("WeakSignature"));
  EXPECT_THAT(why_not(check(signer, {.version = 0})), HasSubstr("version is not 1"));
  EXPECT_THAT(why_not(check(signer, {.version = 2})), HasSubstr("version is not 1"));
  EXPECT_THAT(why_not(check(signer, {.magic = "SSHSIH"})), HasSubstr("not an SSH signature"));
  EXPECT_THAT(why_not(check(signer, {.after_body = "x"})), HasSubstr("inner part"));
  EXPECT_THAT(why_not(check(signer, {.after_blob = "x"})), HasSubstr("bytes after its end"));
  EXPECT_THAT(why_not(check(signer, {.type = "ssh-rsa"})), HasSubstr("WeakSignature"));
  EXPECT_THAT(why_not(check(signer, {.type = "rsa-sha2-512"})), HasSubstr("UnsupportedSignature"));
  EXPECT_TRUE(check(signer, {.reserved = "future"})) << "ignored, as ssh-keygen does";
}

TEST(SshSig, Rsa) {
  const SshSigner strong(KeyAlgorithm::rsa);
  EXPECT_TRUE(check(strong, {.type = "rsa-sha2-256"}));
  EXPECT_TRUE(check(strong, {.type = "rsa-sha2-512"}));
  EXPECT_THAT(why_not(check(strong, {.type = "ssh-rsa", .sha1 = true})),
              HasSubstr("RSA with SHA-1"));
  EXPECT_THAT(why_not(check(strong, {.type = "rsa-sha2-512", .sha1 = true})),
              HasSubstr("BadSignature"));
  const SshSigner short_key(KeyAlgorithm::rsa, "", 2048);
  EXPECT_THAT(why_not(check(short_key, {})), HasSubstr("WeakSignature: RSA key of 2048 bits"));
  EXPECT_TRUE(check(short_key, {}, {.keys = {.min_rsa_bits = 2048}}));
}

TEST(SshSig, HardwareKeys) {
  for (const auto algorithm : {KeyAlgorithm::sk_ed25519, KeyAlgorithm::sk_ecdsa_p256}) {
    const SshSigner signer(algorithm);
    EXPECT_THAT(why_not(check(signer, {.flags = 0})),
                HasSubstr("NoUserPresence: the hardware key SHA256:"));
    EXPECT_THAT(why_not(check(signer, {.flags = 4})), HasSubstr("NoUserPresence"));
    EXPECT_TRUE(check(signer, {.flags = 0}, {.require_user_presence = false}));
    EXPECT_THAT(why_not(check(signer, {.flags = 1}, {.require_user_verification = true})),
                HasSubstr("without PIN"));
    const auto verified = check(signer, {.flags = 5}, {.require_user_verification = true});
    ASSERT_TRUE(verified);
    EXPECT_EQ(verified->hardware, (HardwareFlags{true, true, 5, 7}));
    EXPECT_THAT(why_not(check(signer, {.type = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"})),
                HasSubstr("MalformedSignature"));
  }
}

TEST(SshSig, ArmorHasOneSpelling) {
  const SshSigner signer(KeyAlgorithm::ed25519);
  const KeySet keys({signer.key()}, {});
  const std::string good = signer.sign(kPayload);
  const auto why = [&](const std::string& armor) {
    return why_not(verify_signature(kPayload, armor, keys, {}));
  };
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string out = good;
    return out.replace(out.find(from), from.size(), to);
  };
  EXPECT_TRUE(verify_signature(kPayload, good.substr(0, good.size() - 1), keys, {}));
  EXPECT_THAT(why(good + "x"), HasSubstr("text after its last line"));
  EXPECT_THAT(why(good + "\n"), HasSubstr("text after its last line"));
  EXPECT_THAT(why(good + good), HasSubstr("text after its last line"));
  EXPECT_THAT(why("\n" + good), HasSubstr("neither of SSH nor of OpenPGP"));
  EXPECT_THAT(why(replaced("-----\n", "-----\r\n")), HasSubstr("CR"));
  EXPECT_THAT(why(replaced("-----\n", "----- \n")), HasSubstr("text before its first line"));
  EXPECT_THAT(why(replaced("-----\n", "-----\n\n")), HasSubstr("empty or too long"));
  EXPECT_THAT(why(replaced("U1NI", "U1 NI")), HasSubstr("not base64"));
  EXPECT_THAT(why(replaced("U1NI", "U1-I")), HasSubstr("not base64"));
  EXPECT_THAT(why(replaced("\n-----END", "=\n-----END")), HasSubstr("not base64"));
  EXPECT_THAT(why(replaced("-----END SSH SIGNATURE-----\n", "")),
              HasSubstr("last line is missing"));
  EXPECT_THAT(why(""), HasSubstr("neither"));
  EXPECT_THAT(why("-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n"),
              HasSubstr("not base64"));
  const auto whole = [](const std::string& digits) {
    return "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH" + digits + "\n-----END SSH SIGNATURE-----\n";
  };
  EXPECT_THAT(why(whole("QQ==")), HasSubstr("its version is not 1")) << "read as base64";
  EXPECT_THAT(why(whole("QR==")), HasSubstr("bits that nobody reads"));
  EXPECT_THAT(why(whole("QUF=")), HasSubstr("bits that nobody reads"));
  EXPECT_THAT(why(whole("QQ==\nQQ==")), HasSubstr("text after the padding"));
}

TEST(SshSig, CertificatesAreNotKeys) {
  std::string blob;
  append_ssh_string(blob, "ssh-ed25519-cert-v01@openssh.com");
  append_ssh_string(blob, std::string(32, 'n'));
  std::string whole = "SSHSIG" + std::string("\0\0\0\1", 4);
  for (const std::string& field : {blob, std::string("git"), std::string(), std::string("sha512"),
                                   std::string("\0\0\0\0\0\0\0\0", 8)}) {
    append_ssh_string(whole, field);
  }
  EXPECT_THAT(why_not(verify_signature(kPayload, test::ssh_armor(whole), {}, {})),
              HasSubstr("UnsupportedSignature: public key: "
                        "\"ssh-ed25519-cert-v01@openssh.com\" is a certificate"));
}

TEST(SshSig, UnsignedObjects) {
  EXPECT_THAT(why_not(verify_commit(CommitObject{}, {}, {})), HasSubstr("Unsigned"));
  EXPECT_THAT(why_not(verify_tag(TagObject{}, {}, {})), HasSubstr("Unsigned"));
}

TEST(VerificationCache, HoldsForKeysAndTime) {
  const SshSigner signer(KeyAlgorithm::ed25519), other(KeyAlgorithm::ed25519, "other");
  const KeySet keys({signer.key()}, {}), more({signer.key(), other.key()}, {});
  VerificationCache cache(2);
  const VerifiedSignature seen = *check(signer, {});
  cache.remember("c1", digest_of(keys, {}), seen);
  EXPECT_EQ(cache.find("c1", digest_of(keys, {}), {}), seen);
  EXPECT_FALSE(cache.find("c2", digest_of(keys, {}), {}));
  EXPECT_FALSE(cache.find("c1", digest_of(more, {}), {})) << "other keys";
  EXPECT_FALSE(cache.find("c1", digest_of(keys, {.require_user_verification = true}), {}));
  EXPECT_FALSE(cache.find("c1", digest_of(keys, {.keys = {.min_rsa_bits = 4096}}), {}));
  EXPECT_EQ(digest_of(KeySet({other.key(), signer.key()}, {}), {}), digest_of(more, {}));
  VerifiedSignature expiring = seen;
  expiring.valid_until = WallTime(std::chrono::seconds(100));
  cache.remember("c2", digest_of(keys, {}), expiring);
  EXPECT_FALSE(cache.find("c2", digest_of(keys, {}), {})) << "no clock";
  EXPECT_TRUE(cache.find("c2", digest_of(keys, {}), WallTime(std::chrono::seconds(99))));
  EXPECT_FALSE(cache.find("c2", digest_of(keys, {}), WallTime(std::chrono::seconds(100))));
  cache.remember("c3", digest_of(keys, {}), seen);
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_FALSE(cache.find("c1", digest_of(keys, {}), {})) << "the oldest has left";
}

}  // namespace
}  // namespace plumb::trust
