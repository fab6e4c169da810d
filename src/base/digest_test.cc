#include "base/digest.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace plumb {
namespace {

constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(sha256("").hex(), kEmpty);
  EXPECT_EQ(sha256("abc").hex(), kAbc);
  EXPECT_EQ(fingerprint("abc").hex(), std::string(kAbc).substr(0, 32));
  EXPECT_EQ(fingerprint(sha256("abc")), fingerprint("abc"));
}

TEST(Sha256, Incremental) {
  Sha256 hash;
  hash.update("a");
  hash.update("");
  hash.update("bc");
  EXPECT_EQ(hash.finish().hex(), kAbc);
  Sha256 moved;
  moved = Sha256();
  moved.update("abc");
  EXPECT_EQ(moved.finish().hex(), kAbc);
}

TEST(Sha256, FieldsDoNotRunTogether) {
  const auto digest = [](std::initializer_list<std::string_view> fields) {
    Sha256 hash;
    for (std::string_view field : fields) hash.field(field);
    return hash.finish();
  };
  EXPECT_EQ(digest({"a", "bc"}), digest({"a", "bc"}));
  EXPECT_NE(digest({"a", "bc"}), digest({"ab", "c"}));
  EXPECT_NE(digest({"abc"}), digest({"abc", ""}));
}

TEST(Hmac, KnownAnswer) {
  EXPECT_EQ(hmac_sha256("Jefe", "what do ya want for nothing?").hex(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");  // RFC 4231
  EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_in_constant_time("abc", "abcd"));
  EXPECT_TRUE(equal_in_constant_time("", ""));
}

TEST(Hex, BothWays) {
  EXPECT_EQ(Digest::from_hex(kAbc), sha256("abc"));
  EXPECT_EQ(Digest::from_hex("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"),
            sha256("abc"));
  EXPECT_EQ(Digest::from_hex(""), std::nullopt);
  EXPECT_EQ(Digest::from_hex(std::string(63, 'a')), std::nullopt);
  EXPECT_EQ(Digest::from_hex(std::string(64, 'g')), std::nullopt);
  EXPECT_TRUE(Digest().is_zero());
  EXPECT_FALSE(sha256("").is_zero());
}

TEST(Digest, OrdersAndHashes) {
  EXPECT_LT(Digest(), sha256(""));
  const std::unordered_set<Digest> set{sha256("a"), sha256("b"), sha256("a")};
  EXPECT_EQ(set.size(), 2u);
}

TEST(Base64, KnownAnswers) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},  // RFC 4648
  };
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text), bytes);
  }
  EXPECT_EQ(base64_encode(std::string("\0\xFF\x10", 3)), "AP8Q");
}

TEST(Base64, BothWaysForAllBytes) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(base64_decode(base64_encode(bytes.substr(0, size))), bytes.substr(0, size));
  }
}

TEST(Base64, IsStrict) {
  for (const char* text :
       {"Zg", "Zg=", "Z===", "====", "Zm9v\n", "Zm 9v", "Zm9-", "Zg==Zg==", "=AAA", "Zm=v", " "}) {
    EXPECT_EQ(base64_decode(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace plumb
