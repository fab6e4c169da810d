#include "base/redaction.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace plumb {
namespace {

std::string redacted(std::string_view secret, std::string_view text) {
  Redaction redaction;
  redaction.add(secret);
  return redaction(text);
}

TEST(Redaction, ASecretIsTakenOutWhereverItStands) {
  EXPECT_EQ(redacted("hunter22", "name \"xhunter22y\" is not valid"),
            "name \"x***y\" is not valid");
  EXPECT_EQ(redacted("hunter22", "hunter22hunter22 HUNTER22"), "*** ***");
  EXPECT_EQ(redacted("hunter22", "key " + base64_encode("hunter22")), "key ***=");
  EXPECT_EQ(redacted("aaaa", "baaaaaab"), "b***b");
  EXPECT_EQ(redacted("", "text"), "text");
}

TEST(Redaction, ASecretThatWasCutOffIsOneStill) {
  const std::string secret = "0123456789abcdefghijklmnopqrstuvwxyz";
  EXPECT_EQ(redacted(secret, "\"0123456789abcdefghij…\""), "\"***…\"");
  EXPECT_EQ(redacted(secret, "0123456789abcde…"), "0123456789abcde…");
}

TEST(Redaction, AShortSecretIsAWord) {
  EXPECT_EQ(redacted("a", "a value \"a\" that has a b"), "*** value \"***\" that has *** b");
  EXPECT_EQ(redacted("80", "port 80, line 180"), "port ***, line 180");
}

TEST(Redaction, WhereNothingIsSecretNothingIsChanged) {
  EXPECT_TRUE(Redaction().empty());
  EXPECT_EQ(Redaction()("text"), "text");
  Redaction redaction;
  redaction.add("ab");
  EXPECT_TRUE(redaction.touches("cabd"));
  EXPECT_FALSE(redaction.touches("ca"));
}

}  // namespace
}  // namespace plumb
