#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/trust/policy/field_pattern.h"
#include "core/trust/policy/glob.h"

namespace plumb::trust {
namespace {

PathGlob glob(const char* text) {
  return *PathGlob::parse(text);
}

TEST(PathGlob, Matches) {
  const struct {
    const char* glob;
    const char* path;
    bool want;
  } cases[] = {
      {"**", "a", true},
      {"**", "a/b/c", true},
      {"a/**", "a", true},  // a symlink or submodule in the place of the folder
      {"a/**", "a/b", true},
      {"a/**", "ab", false},
      {"a/**", "b/a/c", false},
      {"**/x.yaml", "x.yaml", true},
      {"**/x.yaml", "a/b/x.yaml", true},
      {"**/x.yaml", "a/yx.yaml", false},
      {"clusters/**/rbac/**", "clusters/rbac/a", true},
      {"clusters/**/rbac/**", "clusters/eu/prod/rbac/a/b.yaml", true},
      {"clusters/**/rbac/**", "clusters/eu/rbacs/b.yaml", false},
      {"apps/*/kustomization.yaml", "apps/web/kustomization.yaml", true},
      {"apps/*/kustomization.yaml", "apps/web/base/kustomization.yaml", false},
      {"apps/*/kustomization.yaml", "apps//kustomization.yaml", true},
      {"apps/*/kustomization.yaml", "Apps/web/kustomization.yaml", false},
      {"a*b*c", "abc", true},
      {"a*b*c", "axxbyyc", true},
      {"a*b*c", "axxbyy", false},
      {"a?c", "abc", true},
      {"a?c", "ac", false},
      {"*", "a/b", false},
      {".plumb/**", ".plumb/policy.yaml", true},
  };
  for (const auto& one : cases) {
    EXPECT_EQ(glob(one.glob).matches(one.path), one.want) << one.glob << " " << one.path;
  }
}

TEST(PathGlob, RefusesWhatCouldBeMisread) {
  for (const char* text : {"", "/a", "a/", "a//b", "a/../b", "./a", "a**", "**b/c", "[ab]", "{a,b}",
                           "!a", "a\\b", "a\nb"}) {
    const auto parsed = PathGlob::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), kBadGlob);
    EXPECT_EQ(parsed.error().retry(), Retry::denied);
  }
}

TEST(PathGlob, Covers) {
  EXPECT_TRUE(glob("**").covers(glob("a/*/b")));
  EXPECT_TRUE(glob("**").covers(glob("**")));
  EXPECT_TRUE(glob("a/**").covers(glob("a/**/c/**")));
  EXPECT_TRUE(glob("a/*").covers(glob("a/b*")));
  EXPECT_TRUE(glob("a/*").covers(glob("a/?")));
  EXPECT_FALSE(glob("a/*").covers(glob("a/**")));
  EXPECT_FALSE(glob("a/b").covers(glob("a/*")));
  EXPECT_FALSE(glob("a/**").covers(glob("**")));
  EXPECT_FALSE(glob("**/c").covers(glob("a/**")));
}

// What a pattern covers it matches: random paths of a small alphabet.
TEST(PathGlob, CoversMeansMatchesMore) {
  const char* parts[] = {"a", "b", "*", "?", "**", "ab", "a*"};
  const char* words[] = {"a", "b", "ab", "abc"};
  uint32_t random = 1;
  const auto next = [&](uint32_t below) {
    random = random * 1664525 + 1013904223;
    return (random >> 16) % below;
  };
  const auto make = [&](const auto& from, uint32_t count) {
    std::string out;
    for (uint32_t i = 0; i < count; ++i)
      out += (i > 0 ? "/" : "") + std::string(from[next(static_cast<uint32_t>(std::size(from)))]);
    return out;
  };
  int covered = 0;
  for (int i = 0; i < 3000; ++i) {
    const PathGlob a = *PathGlob::parse(make(parts, 1 + next(3)));
    const PathGlob b = *PathGlob::parse(make(parts, 1 + next(3)));
    if (!a.covers(b)) continue;
    for (int j = 0; j < 30; ++j) {
      const std::string path = make(words, 1 + next(4));
      if (!b.matches(path)) continue;
      ++covered;
      EXPECT_TRUE(a.matches(path)) << a.text() << " covers " << b.text() << " but not " << path;
    }
  }
  EXPECT_GT(covered, 1000);
}

TEST(FieldPattern, Matches) {
  const auto pattern = FieldPattern::parse("/images/*/newTag");
  ASSERT_TRUE(pattern);
  EXPECT_TRUE(pattern->matches({"images", "0", "newTag"}));
  EXPECT_FALSE(pattern->matches({"images", "0", "newName"}));
  EXPECT_FALSE(pattern->matches({"images", "0", "newTag", "x"}));
  EXPECT_FALSE(pattern->matches({"images", "newTag"}));
  const auto deep = FieldPattern::parse("/**/containers/*/image");
  ASSERT_TRUE(deep);
  EXPECT_TRUE(deep->matches({"spec", "template", "spec", "containers", "0", "image"}));
  EXPECT_TRUE(deep->matches({"containers", "0", "image"}));
  EXPECT_FALSE(deep->matches({"spec", "containers", "0", "imagePullPolicy"}));
  EXPECT_FALSE(deep->matches({"spec", "containers", "image"}));
  EXPECT_TRUE(FieldPattern::parse("/a~1b/~0")->matches({"a/b", "~"}));
  EXPECT_FALSE(FieldPattern::parse("/a~01b")->matches({"a/b"}));
  for (const char* text : {"", "/", "a/b", "/a~", "/a~2"}) {
    EXPECT_FALSE(FieldPattern::parse(text)) << text;
  }
}

TEST(ValuePattern, Matches) {
  const auto version = ValuePattern::parse("^v\\d+\\.\\d+\\.\\d+$");
  ASSERT_TRUE(version);
  EXPECT_TRUE(version->matches("v1.2.3"));
  EXPECT_FALSE(version->matches("v1.2.3\nx"));
  EXPECT_FALSE(version->matches("x\nv1.2.3"));
  EXPECT_FALSE(version->matches("v1.2.3\n"));
  const auto host = ValuePattern::parse("^registry\\.example\\.com/acme/");
  ASSERT_TRUE(host);
  EXPECT_TRUE(host->matches("registry.example.com/acme/web:v1"));
  EXPECT_FALSE(host->matches("registry.example.com.evil.org/acme/web:v1"));
  EXPECT_FALSE(host->matches("r\xd0\xb5gistry.example.com/acme/web"));
  const auto either = ValuePattern::parse("^a|b");
  ASSERT_TRUE(either);
  EXPECT_FALSE(either->matches("xb")) << "every branch is held to the beginning";
  for (const char* text : {"", "v1", "^(", "^a{2000}{2000}"}) {
    EXPECT_FALSE(ValuePattern::parse(text)) << text;
  }
}

}  // namespace
}  // namespace plumb::trust
