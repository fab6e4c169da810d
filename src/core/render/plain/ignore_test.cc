#include "core/render/plain/ignore.h"

#include <gtest/gtest.h>

#include "core/render/plain/json_lines.h"

namespace plumb::rendering::plain {
namespace {

RelPath path(std::string_view text) {
  return *RelPath::parse(text);
}

// A trailing '/' means a folder. As Git does, a path below an ignored folder is ignored too.
bool ignored(const IgnoreRules& rules, std::string_view text) {
  const bool is_folder = text.ends_with('/');
  const RelPath whole = path(text);
  RelPath at;
  const auto parts = whole.parts();
  for (size_t i = 0; i < parts.size(); ++i) {
    at = at.child(parts[i]);
    if (rules.ignored_by(at, i + 1 < parts.size() || is_folder)) return true;
  }
  return false;
}

struct IgnoreCase {
  const char* rules;
  std::vector<const char*> out;
  std::vector<const char*> in;
};

class Ignore : public testing::TestWithParam<IgnoreCase> {};

TEST_P(Ignore, DecidesAsGit) {
  IgnoreRules rules;
  rules.add(GetParam().rules, RelPath(), ".plumbignore");
  for (const char* text : GetParam().out) EXPECT_TRUE(ignored(rules, text)) << text;
  for (const char* text : GetParam().in) EXPECT_FALSE(ignored(rules, text)) << text;
}

// The outcomes were compared with `git check-ignore` 2.39.
INSTANTIATE_TEST_SUITE_P(
    Cases, Ignore,
    testing::Values(
        IgnoreCase{"", {}, {"a", "a/b"}}, IgnoreCase{"# a\n\n   \n", {}, {"a", "# a", " "}},
        IgnoreCase{"a.yaml", {"a.yaml", "x/a.yaml", "a.yaml/b"}, {"b.yaml", "aa.yaml"}},
        IgnoreCase{"/a.yaml", {"a.yaml"}, {"x/a.yaml"}},
        IgnoreCase{"x/a.yaml", {"x/a.yaml"}, {"y/x/a.yaml", "a.yaml"}},
        IgnoreCase{"docs/", {"docs/", "docs/a", "x/docs/a"}, {"docs"}},
        IgnoreCase{"/docs/", {"docs/a"}, {"x/docs/a", "docs"}},
        IgnoreCase{"*.json\n!keep.json", {"a.json", "x/b.json"}, {"keep.json", "x/keep.json"}},
        IgnoreCase{"!keep.json\n*.json", {"keep.json"}, {}},
        IgnoreCase{"/*\n!/deploy", {"a", "x/deploy"}, {"deploy/", "deploy/a/b"}},
        IgnoreCase{"x/\n!x/keep", {"x/keep", "x/a"}, {"keep"}},
        IgnoreCase{"x/*\n!x/keep", {"x/a", "x/d/keep"}, {"x/keep", "x/"}},
        IgnoreCase{"**/tests", {"tests", "a/tests", "a/b/tests/c"}, {"a/tests2"}},
        IgnoreCase{"a/**", {"a/b", "a/b/c"}, {"a/", "b/a/c"}},
        IgnoreCase{"a/**/z", {"a/z", "a/b/z", "a/b/c/z"}, {"z", "b/a/z"}},
        IgnoreCase{"a/**/b/**/c", {"a/b/c", "a/x/b/y/b/z/c"}, {"a/c", "a/x/c"}},
        IgnoreCase{"**", {"a", "a/b"}, {}},
        IgnoreCase{"a*c", {"ac", "abbc", "x/abc"}, {"a/c", "abcd"}},
        IgnoreCase{"a**c", {"abc"}, {"a/c"}},
        IgnoreCase{"?.yaml", {"a.yaml"}, {"ab.yaml", ".yaml"}},
        IgnoreCase{"[ab].yaml", {"a.yaml", "b.yaml"}, {"c.yaml"}},
        IgnoreCase{"[!a-c].yaml", {"d.yaml"}, {"a.yaml", "b.yaml"}},
        IgnoreCase{"[^a].yaml", {"b.yaml"}, {"a.yaml"}},
        IgnoreCase{"[]x].yaml", {"].yaml", "x.yaml"}, {"a.yaml"}},
        IgnoreCase{"[a-", {}, {"a", "[a-"}}, IgnoreCase{"\\#a\n\\!b", {"#a", "!b"}, {"a", "b"}},
        IgnoreCase{"a\\*b", {"a*b"}, {"axb"}},
        IgnoreCase{"trail   \nkept\\ ", {"trail", "kept "}, {"trail   ", "kept"}},
        IgnoreCase{"win.yaml\r\nlast", {"win.yaml", "last"}, {}},
        IgnoreCase{"\xEF\xBB\xBF"
                   "bom.yaml",
                   {"bom.yaml"},
                   {}},
        IgnoreCase{"/", {}, {"a"}}, IgnoreCase{"!", {}, {"a"}}));

TEST(IgnoreRules, SpeakForTheirFolderOnly) {
  IgnoreRules rules;
  rules.add("/a.yaml\nx/b.yaml", path("apps/web"), "apps/web/.plumbignore");
  EXPECT_TRUE(ignored(rules, "apps/web/a.yaml"));
  EXPECT_TRUE(ignored(rules, "apps/web/x/b.yaml"));
  EXPECT_FALSE(ignored(rules, "a.yaml"));
  EXPECT_FALSE(ignored(rules, "apps/a.yaml"));
  EXPECT_FALSE(ignored(rules, "apps/web2/a.yaml"));
}

TEST(IgnoreRules, InnerFilesOverruleOuterOnesAndAreForgotten) {
  IgnoreRules rules;
  rules.add("*.yaml", RelPath(), ".plumbignore");
  const size_t before = rules.size();
  rules.add("!a.yaml", path("apps"), "apps/.plumbignore");
  EXPECT_FALSE(ignored(rules, "apps/a.yaml"));
  rules.truncate(before);
  EXPECT_TRUE(ignored(rules, "apps/a.yaml"));
  EXPECT_EQ(to_string(*rules.ignored_by(path("apps/a.yaml"), false)), ".plumbignore:1");
}

TEST(IgnoreRules, HostilePatternsAreQuick) {
  IgnoreRules rules;
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "**/a*a*a*/";
  rules.add(pattern + "z", RelPath(), ".plumbignore");
  std::string deep;
  for (int i = 0; i < 400; ++i) deep += std::string(60, 'a') + "/";
  EXPECT_FALSE(rules.ignored_by(path(deep), false));
}

TEST(JsonLines, FindTheDeepestPartThatExists) {
  const JsonLines lines(
      "\n{\n  \"a\": {\"b\\\"\": [1,\n    {\"c\": \"}]\",\n     \"d\": -1.5e3 }\n  ] },\n"
      "  \"e\": []\n}\n");
  EXPECT_EQ(lines.line_of({}), 2);
  EXPECT_EQ(lines.line_of({"a"}), 3);
  EXPECT_EQ(lines.line_of({"a", "b\\\"", "1", "d"}), 5);
  EXPECT_EQ(lines.line_of({"a", "b\\\"", "1", "c", "x"}), 4);
  EXPECT_EQ(lines.line_of({"a", "b\\\"", "7"}), 3);
  EXPECT_EQ(lines.line_of({"e", "0"}), 7);
  EXPECT_EQ(lines.line_of({"zzz"}), 2);
}

}  // namespace
}  // namespace plumb::rendering::plain
