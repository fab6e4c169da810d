#include "model/rel_path.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

std::string parsed(std::string_view text) {
  const auto path = RelPath::parse(text);
  return path ? path->display() : path.error().code().name;
}

TEST(RelPath, IsNormalised) {
  for (const auto& [text, want] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", "."},
           {".", "."},
           {"./", "."},
           {"a/b", "a/b"},
           {"./a//b/", "a/b"},
           {"a/../b", "b"},
           {"a/..", "."},
           {"a/./b/../c", "a/c"},
           {"...", "..."},
           {"-rf", "-rf"},
       }) {
    EXPECT_EQ(parsed(text), want) << text;
  }
}

TEST(RelPath, RefusesWhatLeavesTheTree) {
  for (const char* text : {"..", "../a", "a/../..", "a/../../b", "/", "/etc/passwd"}) {
    EXPECT_EQ(parsed(text), "PathOutsideTree") << text;
  }
  EXPECT_EQ(parsed("a\\..\\b"), "BadPath");
  EXPECT_EQ(parsed(std::string_view("a\0b", 3)), "BadPath");
}

TEST(RelPath, MessagesDoNotCarryControlCharacters) {
  const auto path = RelPath::parse("/\x1b[2J");
  ASSERT_FALSE(path.has_value());
  EXPECT_EQ(path.error().message().find('\x1b'), std::string::npos);
}

TEST(RelPath, ResolvesFromADirectory) {
  const RelPath web = *RelPath::parse("apps/web");
  EXPECT_EQ(web.resolve("../base")->str(), "apps/base");
  EXPECT_EQ(web.resolve("../../x.yaml")->str(), "x.yaml");
  EXPECT_EQ(web.resolve(".")->str(), "apps/web");
  EXPECT_FALSE(web.resolve("../../../x").has_value());
  EXPECT_FALSE(web.resolve("/x").has_value());
}

TEST(RelPath, Parts) {
  const RelPath path = *RelPath::parse("apps/web/a.yaml");
  EXPECT_EQ(path.filename(), "a.yaml");
  EXPECT_EQ(path.parent().str(), "apps/web");
  EXPECT_EQ(path.parent().parent().parent(), RelPath());
  EXPECT_EQ(RelPath().parent(), RelPath());
  EXPECT_EQ(RelPath().filename(), "");
  EXPECT_EQ(RelPath().parts().size(), 0u);
  EXPECT_EQ(RelPath().child("a").child("b").str(), "a/b");
}

TEST(RelPath, IsWithinComparesWholeParts) {
  const RelPath web = *RelPath::parse("apps/web");
  EXPECT_TRUE(web.is_within(RelPath()));
  EXPECT_TRUE(web.is_within(web));
  EXPECT_TRUE(RelPath::parse("apps/web/x")->is_within(web));
  EXPECT_FALSE(RelPath::parse("apps/web2")->is_within(web));
  EXPECT_FALSE(RelPath::parse("apps")->is_within(web));
}

}  // namespace
}  // namespace plumb
