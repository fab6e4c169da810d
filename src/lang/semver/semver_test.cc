#include "lang/semver/semver.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace plumb::semver {
namespace {

Version version(std::string_view text) {
  Result<Version> parsed = Version::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.has_value() ? *parsed : Version{};
}

bool matches(std::string_view constraint, std::string_view candidate) {
  const Result<Constraint> parsed = Constraint::parse(constraint);
  EXPECT_TRUE(parsed.has_value()) << constraint;
  return parsed.has_value() && parsed->matches(version(candidate));
}

TEST(SemverVersion, Parts) {
  const Version full = version("v1.2.3-rc.1+build.5");
  EXPECT_EQ(full.major, 1u);
  EXPECT_EQ(full.minor, 2u);
  EXPECT_EQ(full.patch, 3u);
  EXPECT_EQ(full.prerelease, "rc.1");
  EXPECT_EQ(full.metadata, "build.5");
  EXPECT_EQ(full.original, "v1.2.3-rc.1+build.5");
  EXPECT_EQ(to_string(full), "1.2.3-rc.1+build.5");
  EXPECT_EQ(to_string(version("v1.2")), "1.2.0");
  EXPECT_EQ(to_string(version("2")), "2.0.0");
  EXPECT_EQ(to_string(version("01.02.003")), "1.2.3");
}

TEST(SemverVersion, Refused) {
  for (const char* text :
       {"", "v", "a", "1.", "1..2", "1.2.3.4", "1.2.3-", "1.2.3+", "1.2.3-01", "1.2.3-a..b", "-1",
        "V1.2.3", " 1.2.3", "1.2.3 ", "1.2.x", "18446744073709551616.0.0"}) {
    const Result<Version> parsed = Version::parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code(), kBadVersion);
  }
  EXPECT_EQ(Version::parse("latest").error().summary(), "\"latest\" is not a semantic version");
}

TEST(SemverVersion, Order) {
  const char* const ascending[] = {
      "0.0.1",        "1.0.0-1",       "1.0.0-2",          "1.0.0-10",
      "1.0.0-alpha",  "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta",
      "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",       "1.0.0",
      "1.0.1",        "1.2.0",         "1.10.0",           "2.0.0"};
  for (size_t i = 0; i + 1 < std::size(ascending); ++i) {
    EXPECT_LT(version(ascending[i]), version(ascending[i + 1])) << ascending[i];
  }
  EXPECT_EQ(version("1.2.3+a"), version("v1.2.3+b"));
}

TEST(SemverConstraint, Matches) {
  struct Case {
    const char* constraint;
    const char* version;
    bool want;
  };
  const Case cases[] = {
      {"1.2.3", "1.2.3", true},
      {"1.2.3", "1.2.4", false},
      {"1.2", "1.2.9", true},
      {"1", "1.9.9", true},
      {"1.x", "2.0.0", false},
      {"*", "9.9.9", true},
      {"*", "1.0.0-rc.1", false},
      {">=0.0.0-0", "1.0.0-rc.1", true},
      {"!=1.2", "1.2.5", false},
      {"!=1.2.3", "1.2.4", true},
      {">1", "1.9.0", false},
      {">1", "2.0.0", true},
      {">=1.2 <1.5", "1.4.9", true},
      {">=1.2, <1.5", "1.5.0", false},
      {"<=1", "1.9.0", true},
      {"=<1.2", "1.3.0", false},
      {"~1.2.3", "1.2.9", true},
      {"~1.2.3", "1.3.0", false},
      {"~>1", "1.9.0", true},
      {"^1.2.3", "1.9.0", true},
      {"^1.2.3", "2.0.0", false},
      {"^0.2.3", "0.2.9", true},
      {"^0.2.3", "0.3.0", false},
      {"^0.0.3", "0.0.4", false},
      {"1.2 - 1.4", "1.4.9", true},
      {"1.2 - 1.4.5", "1.4.6", false},
      {"^1 || ^3", "3.1.0", true},
      {"^1 || ^3", "2.0.0", false},
      {"^1.2.0-rc.1", "1.2.0-rc.2", true},
      {"^1.2.0-rc.1", "1.3.0-rc.2", true},
      {" = v1.2.3 ", "1.2.3+x", true},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(matches(c.constraint, c.version), c.want) << c.constraint << " on " << c.version;
  }
}

TEST(SemverConstraint, Refused) {
  for (const char* text : {"", " ", "||", "1 ||", ",1", "1,", "a", ">", ">=x1", "1.2.3.4", "==1",
                           "1>2", "^ ^1", "1.2.3-01", "1 - ", "!1"}) {
    const Result<Constraint> parsed = Constraint::parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code(), kBadConstraint);
  }
}

}  // namespace
}  // namespace plumb::semver
