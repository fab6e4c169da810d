#include "base/text.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

TEST(Text, TrimSplitJoin) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(split("", ','), (std::vector<std::string>{""}));
  EXPECT_EQ(split(",", ','), (std::vector<std::string>{"", ""}));
  EXPECT_EQ(join({"a", "b", "c"}, ", "), "a, b, c");
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(to_lower("AbC-É9"), "abc-É9");
}

TEST(Text, JsonStrings) {
  const auto quoted = [](std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
  };
  EXPECT_EQ(quoted("a\"b\\c\n\t\r\x01é"), "\"a\\\"b\\\\c\\n\\t\\r\\u0001é\"");
  EXPECT_EQ(quoted("a\xFFz"), "\"a\uFFFDz\"");
  EXPECT_EQ(quoted(std::string_view("\0", 1)), "\"\\u0000\"");
}

TEST(Text, Utf8) {
  for (const char* text : {"", "abc", "é", "日本", "😀", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_valid_utf8(text)) << text;
  }
  // Stray and missing continuation bytes, overlong forms, surrogates, beyond U+10FFFF.
  for (const char* text : {"\x80", "\xC3", "\xC3(", "\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80",
                           "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF8", "\xE2\x82"}) {
    EXPECT_FALSE(is_valid_utf8(text));
    EXPECT_EQ(find_invalid_utf8(std::string("ab") + text), 2u);
  }
  EXPECT_EQ(find_invalid_utf8("é"), std::string_view::npos);
}

TEST(Text, Nearest) {
  const std::vector<std::string> kinds{"Deployment", "DaemonSet", "StatefulSet", "Secret"};
  EXPECT_EQ(nearest("Deploymnet", kinds), "Deployment");
  EXPECT_EQ(nearest("deployment", kinds), "Deployment");
  EXPECT_EQ(nearest("Secrets", kinds), "Secret");
  EXPECT_EQ(nearest("Ingress", kinds), "");
  EXPECT_EQ(nearest("", kinds), "");
  EXPECT_EQ(nearest("x", {}), "");
}

TEST(Text, NothingReachesTheTerminalUnescaped) {
  EXPECT_EQ(escape_terminal("plain é 日本 😀"), "plain é 日本 😀");
  EXPECT_EQ(escape_terminal("\x1B[31mred\x7F"), "\\x1b[31mred\\x7f");
  EXPECT_EQ(escape_terminal("a\nb\tc"), "a\\x0ab\\x09c");
  EXPECT_EQ(escape_terminal("a\nb\r", true), "a\nb\\x0d");
  EXPECT_EQ(escape_terminal("\u202Eabc\u2066\u200F"), "\\u202eabc\\u2066\\u200f");
  EXPECT_EQ(escape_terminal("\u009B31m"), "\\x9b31m");
  EXPECT_EQ(escape_terminal("a\xFFz"), "a\\xffz");
}

TEST(Text, ShortenCutsBetweenCharacters) {
  EXPECT_EQ(shorten("short"), "short");
  EXPECT_EQ(shorten("abcdef", 6), "abcdef");
  EXPECT_EQ(shorten("abcdef", 3), "abc…");
  EXPECT_EQ(shorten("aéé", 2), "a…");
  EXPECT_EQ(shorten("aéé", 3), "aé…");
  EXPECT_EQ(shorten("日本", 1), "…");
}

TEST(Text, UrlsWithoutUserAndPassword) {
  EXPECT_EQ(without_userinfo("https://user:tok@host/x"), "https://host/x");
  EXPECT_EQ(without_userinfo("https://tok@host"), "https://host");
  EXPECT_EQ(without_userinfo("https://u:p@q@host/a@b"), "https://host/a@b");
  EXPECT_EQ(without_userinfo("https://host/a@b"), "https://host/a@b");
  EXPECT_EQ(without_userinfo("git@host:x"), "git@host:x");
}

}  // namespace
}  // namespace plumb
