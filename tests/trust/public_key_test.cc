#include "core/trust/signature/public_key.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/trust/signature/ssh_wire.h"
#include "ssh_signer.h"

namespace plumb::trust {
namespace {

using test::SshSigner;
using testing::HasSubstr;

// Made by ssh-keygen -t ed25519; the fingerprint is what ssh-keygen -l said.
constexpr const char* kLine =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICLITBq6pukoHUZBGhucKajTbjJNqtrM2v9b/VOwiKYW "
    "ada@example.com";
constexpr const char* kFingerprint = "SHA256:SzfdUD7QMjoYzJE3Ai7rBSmd1f4osVMuEMNeVs2nQLs";

std::string why_not(const std::string& line, const KeyRules& rules = {}) {
  const auto key = parse_ssh_public_key(line, rules);
  EXPECT_FALSE(key.has_value()) << line;
  return key ? "" : std::string(key.error().code().name) + ": " + key.error().message();
}

TEST(PublicKey, AsSshKeygenWroteIt) {
  const auto key = parse_ssh_public_key(kLine);
  ASSERT_TRUE(key) << key.error().render();
  EXPECT_EQ(key->algorithm, KeyAlgorithm::ed25519);
  EXPECT_EQ(key->fingerprint.str(), kFingerprint);
  EXPECT_EQ(key->comment, "ada@example.com");
  EXPECT_TRUE(parse_ssh_public_key("  " + std::string(kLine) + " more words \n"));
}

TEST(PublicKey, EveryAlgorithmComesBack) {
  for (const auto algorithm :
       {KeyAlgorithm::ed25519, KeyAlgorithm::ecdsa_p256, KeyAlgorithm::ecdsa_p384,
        KeyAlgorithm::ecdsa_p521, KeyAlgorithm::rsa, KeyAlgorithm::sk_ed25519,
        KeyAlgorithm::sk_ecdsa_p256}) {
    const SshSigner signer(algorithm);
    const auto key = parse_ssh_public_key(signer.public_line());
    ASSERT_TRUE(key) << key.error().render();
    EXPECT_EQ(key->algorithm, algorithm);
    EXPECT_EQ(key->blob, signer.blob());
    EXPECT_EQ(key->rsa_bits, algorithm == KeyAlgorithm::rsa ? 3072 : 0);
    EXPECT_EQ(key->application, is_hardware_key(algorithm) ? "ssh:" : "");
    // A byte less or more is not the same key written otherwise.
    EXPECT_FALSE(parse_ssh_key_blob(signer.blob() + "x"));
    EXPECT_FALSE(parse_ssh_key_blob(signer.blob().substr(0, signer.blob().size() - 1)));
  }
}

TEST(PublicKey, RefusedWithAReason) {
  const std::string line = kLine;
  const std::string base64 = line.substr(12, line.rfind(' ') - 12);
  EXPECT_THAT(why_not(""), HasSubstr("it is empty"));
  EXPECT_THAT(why_not("ssh-ed25519"), HasSubstr("not base64"));
  EXPECT_THAT(why_not("ssh-ed25519 !!!"), HasSubstr("not base64"));
  EXPECT_THAT(why_not("ssh-rsa " + base64), HasSubstr("the line says \"ssh-rsa\""));
  EXPECT_THAT(why_not("ssh-dss " + base64), HasSubstr("DSA"));
  EXPECT_THAT(why_not("ssh-ed448 " + base64), HasSubstr("is not known"));
  EXPECT_THAT(why_not("ssh-ed25519-cert-v01@openssh.com " + base64), HasSubstr("certificate"));
  EXPECT_THAT(why_not("cert-authority " + line), HasSubstr("options in front"));
  EXPECT_THAT(why_not("namespaces=\"git\" " + line), HasSubstr("options in front"));
  EXPECT_THAT(why_not(line + "\n" + line), HasSubstr("more than one line"));
  EXPECT_THAT(why_not(std::string(20000, 'x')), HasSubstr("longer than any key"));
  EXPECT_THAT(why_not("esc\x1b[2J " + base64), HasSubstr("\\x1b"));
}

std::string ed25519_line(const std::string& point) {
  std::string blob;
  append_ssh_string(blob, "ssh-ed25519");
  append_ssh_string(blob, point);
  return "ssh-ed25519 " + base64_encode(blob);
}

TEST(PublicKey, PointsThatAcceptForgeries) {
  EXPECT_THAT(why_not(ed25519_line(std::string(32, '\0'))), HasSubstr("small order"));
  EXPECT_THAT(why_not(ed25519_line(std::string(31, '\0') + "\x80")), HasSubstr("small order"));
  EXPECT_THAT(why_not(ed25519_line("\x01" + std::string(31, '\0'))), HasSubstr("small order"));
  EXPECT_THAT(why_not(ed25519_line("\xec" + std::string(30, '\xff') + "\x7f")),
              HasSubstr("small order"));
  EXPECT_THAT(why_not(ed25519_line(std::string(31, 'a'))), HasSubstr("32 bytes"));
}

TEST(PublicKey, CurvePoints) {
  const std::string good = SshSigner(KeyAlgorithm::ecdsa_p256).blob();
  std::string off_curve = good, compressed = good, wrong_curve = good;
  off_curve.back() ^= 1;
  compressed[good.size() - 65] = 2;
  wrong_curve.replace(wrong_curve.rfind("nistp256"), 8, "nistp384");
  for (const std::string& blob : {off_curve, compressed, wrong_curve}) {
    const auto key = parse_ssh_key_blob(blob);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code(), kBadPublicKey);
  }
}

std::string rsa_line(const std::string& exponent, const std::string& modulus) {
  std::string blob;
  append_ssh_string(blob, "ssh-rsa");
  append_ssh_string(blob, exponent);
  append_ssh_string(blob, modulus);
  return "ssh-rsa " + base64_encode(blob);
}

TEST(PublicKey, RsaNumbers) {
  const std::string modulus = std::string("\0", 1) + std::string(384, '\xff');
  const std::string exponent("\x01\0\x01", 3);
  EXPECT_TRUE(parse_ssh_public_key(rsa_line(exponent, modulus)));
  EXPECT_THAT(why_not(rsa_line("\x01", modulus)), HasSubstr("exponent"));
  EXPECT_THAT(why_not(rsa_line("\x03", modulus)), HasSubstr("exponent"));
  EXPECT_THAT(why_not(rsa_line(std::string("\x01\0\0", 3), modulus)), HasSubstr("exponent"));
  EXPECT_THAT(why_not(rsa_line(exponent, std::string(384, '\xff'))), HasSubstr("odd form"));
  EXPECT_THAT(why_not(rsa_line(exponent, std::string("\0", 1) + modulus)), HasSubstr("odd form"));
  EXPECT_THAT(why_not(rsa_line(exponent, modulus.substr(0, 385 - 1) + "\xfe")),
              HasSubstr("modulus"));
  EXPECT_THAT(why_not(rsa_line(exponent, modulus.substr(0, 257))),
              HasSubstr("WeakSignature: RSA key of 2048 bits; at least 3072"));
}

TEST(PublicKey, OpenPgpFingerprints) {
  const std::string digits = "96EC02367D5A393663E7E140E133DC84ACC1429D";
  for (const std::string& text :
       {digits, "openpgp:" + digits, std::string("96ec02367d5a393663e7e140e133dc84acc1429d"),
        std::string(" 96EC 0236 7D5A 3936 63E7  E140 E133 DC84 ACC1 429D ")}) {
    const auto parsed = parse_openpgp_fingerprint(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->str(), "openpgp:" + digits);
  }
  const auto short_id = parse_openpgp_fingerprint("openpgp:E133DC84ACC1429D");
  ASSERT_FALSE(short_id);
  EXPECT_THAT(short_id.error().message(), HasSubstr("is short"));
  EXPECT_FALSE(parse_openpgp_fingerprint(digits + "00"));
  EXPECT_FALSE(parse_openpgp_fingerprint("openpgp:"));
  EXPECT_FALSE(parse_openpgp_fingerprint("0x" + digits));
}

}  // namespace
}  // namespace plumb::trust
