#include "edge/openpgp/openpgp_message.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

OpenPgpFindings findings() {
  return {.matches = true,
          .fingerprint = std::string(40, 'A'),
          .primary_fingerprint = std::string(40, '7'),
          .may_sign = true,
          .algorithm = "EDDSA",
          .bits = 255,
          .hash = "SHA512",
          .signed_at = WallTime(std::chrono::seconds(1700000000)),
          .key_created = WallTime(std::chrono::seconds(1600000000)),
          .key_expires = WallTime(std::chrono::seconds(1800000000))};
}

TEST(OpenPgpMessage, RequestsComeBack) {
  const OpenPgpRequest question = OpenPgpQuestion{std::string("a\0b", 3), "signature"};
  const auto asked = decode_openpgp_request(encode_openpgp_request(question));
  ASSERT_TRUE(asked);
  EXPECT_EQ(std::get<OpenPgpQuestion>(*asked).payload, std::string("a\0b", 3));
  EXPECT_EQ(std::get<OpenPgpQuestion>(*asked).signature, "signature");
  const OpenPgpRequest given = OpenPgpCertificates{{"one", "", "three"}};
  const auto loaded = decode_openpgp_request(encode_openpgp_request(given));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(std::get<OpenPgpCertificates>(*loaded).certificates,
            (std::vector<std::string>{"one", "", "three"}));
}

TEST(OpenPgpMessage, AnswersComeBack) {
  for (const OpenPgpFindings& found : {findings(), OpenPgpFindings{}}) {
    const auto back = decode_openpgp_answer(encode_openpgp_answer(found));
    ASSERT_TRUE(back) << back.error().render();
    EXPECT_EQ(*back, found);
  }
  const auto failed =
      decode_openpgp_answer(encode_openpgp_answer(Error(kOpenPgpFailed, "no \x1b[2J key")));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message(), "plumb-openpgp: no \\x1b[2J key");
}

TEST(OpenPgpMessage, EveryShorterOrLongerMessageIsRefused) {
  const std::string answer = encode_openpgp_answer(findings());
  const std::string request = encode_openpgp_request(OpenPgpQuestion{"payload", "signature"});
  for (size_t size = 0; size < answer.size(); ++size) {
    EXPECT_FALSE(decode_openpgp_answer(answer.substr(0, size))) << size;
  }
  for (size_t size = 0; size < request.size(); ++size) {
    EXPECT_FALSE(decode_openpgp_request(request.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_openpgp_answer(answer + "x"));
  EXPECT_FALSE(decode_openpgp_request(request + "x"));
}

TEST(OpenPgpMessage, AnswersThatMakeNoSense) {
  const auto refused = [](const OpenPgpFindings& found) {
    return !decode_openpgp_answer(encode_openpgp_answer(found)).has_value();
  };
  OpenPgpFindings found = findings();
  found.fingerprint = "abc";
  EXPECT_TRUE(refused(found));
  found = findings();
  found.fingerprint = "";
  EXPECT_TRUE(refused(found)) << "a match without a key";
  found = {};
  found.matches = true;
  EXPECT_TRUE(refused(found));
  found = findings();
  found.hash = "SHA512\nok";
  EXPECT_TRUE(refused(found));
  found = findings();
  found.signed_at = WallTime(std::chrono::seconds(400000000000));
  EXPECT_TRUE(refused(found));
}

}  // namespace
}  // namespace plumb
