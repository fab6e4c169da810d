#include "lang/json/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace plumb::json {
namespace {

std::string round_trip(std::string_view text) {
  const Result<Value> value = parse(text);
  return value.has_value() ? write(*value) : "error: " + value.error().summary();
}

Error parse_error(std::string_view text, const ParseOptions& options = {.file = "f.json"}) {
  Budget budget;
  const Result<Value> value = parse(text, budget, options);
  if (!value.has_value()) return value.error();
  ADD_FAILURE() << "accepted: " << text;
  return Error(kInternal, "accepted");
}

TEST(JsonParse, Values) {
  EXPECT_EQ(round_trip(" null "), "null");
  EXPECT_EQ(round_trip("true"), "true");
  EXPECT_EQ(round_trip("\tfalse\r\n"), "false");
  EXPECT_EQ(round_trip("\"\""), "\"\"");
  EXPECT_EQ(round_trip("[]"), "[]");
  EXPECT_EQ(round_trip("[ ]"), "[]");
  EXPECT_EQ(round_trip("{ }"), "{}");
  EXPECT_EQ(round_trip(R"( { "b" : [ 1 , {"c":[]} , null ] , "a" : {} } )"),
            R"({"a":{},"b":[1,{"c":[]},null]})");
}

TEST(JsonParse, Numbers) {
  EXPECT_EQ(*parse("9223372036854775807")->as_integer(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(*parse("-9223372036854775808")->as_integer(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(*parse("9223372036854775808")->as_number(), 9223372036854775808.0);
  EXPECT_EQ(*parse("1.0")->as_number(), 1.0);
  EXPECT_EQ(*parse("1e3")->as_number(), 1000.0);
  EXPECT_EQ(*parse("-0")->as_integer(), 0);
  EXPECT_EQ(*parse("-1.5E-2")->as_number(), -0.015);
  EXPECT_EQ(*parse("1e-400")->as_number(), 0.0);
  EXPECT_EQ(*parse("5e-324")->as_number(), 5e-324);
}

TEST(JsonParse, Strings) {
  EXPECT_EQ(*parse(R"("a\"\\\/\b\f\n\r\t")")->as_string(), "a\"\\/\b\f\n\r\t");
  EXPECT_EQ(*parse(R"("\u0041\u00e9\u20AC\ud83d\ude00")")->as_string(), "Aé€😀");
  EXPECT_EQ(*parse(R"("\ud83dx")")->as_string(), "\uFFFDx");
  EXPECT_EQ(*parse(R"("\ud83d\u0041")")->as_string(), "\uFFFDA");
  EXPECT_EQ(*parse("\"a\xFF\xE2\x82z\"")->as_string(), "a\uFFFD\uFFFD\uFFFDz");
  EXPECT_EQ(*parse("\"0123456789é0123456789\\n0123456789\"")->as_string(),
            "0123456789é0123456789\n0123456789");
  EXPECT_EQ(parse(std::string("\"a\\u0000b\""))->as_string()->size(), 3u);
}

TEST(JsonParse, LastOfEqualKeysWins) {
  EXPECT_EQ(round_trip(R"({"a":1,"b":2,"a":3})"), R"({"a":3,"b":2})");
  const Error error = parse_error("{\"a\":{\"x\":1},\n \"b\":2,\n \"a\":3}",
                                  {.file = "f.json", .refuse_duplicates = true});
  EXPECT_EQ(error.code(), kDuplicateKey);
  EXPECT_EQ(error.summary(), "key \"a\" is given twice (f.json:3:2)");
  EXPECT_EQ(error.help(), "remove one of the two; the first is on line 1");
}

TEST(JsonParse, EqualKeysOfDifferentMapsAreNoDuplicates) {
  Budget budget;
  const auto value = parse(R"({"a":{"a":{"a":1}},"b":{"a":[{"a":2},{"a":3}]}})", budget,
                           {.refuse_duplicates = true});
  EXPECT_TRUE(value.has_value());
}

TEST(JsonParse, BadEncodingIsRefusedOnRequest) {
  const ParseOptions strict{.file = "f.json", .refuse_bad_utf8 = true};
  EXPECT_EQ(parse_error("[\"ab\xC3\"]", strict).summary(), "byte 0xC3 is not UTF-8 (f.json:1:5)");
  EXPECT_EQ(parse_error(R"(["\udc00"])", strict).code(), kBadEncoding);
}

TEST(JsonParse, ErrorsSayWhereAndWhat) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "expected a value, found the end of the text (f.json:1:1)"},
      {"nul", "expected a value, found a word (f.json:1:1)"},
      {"{\n  \"a\": }", "expected a value, found \"}\" (f.json:2:8)"},
      {"{a: 1}", "expected a key in double quotes, found a word (f.json:1:2)"},
      {"{\"a\" 1}", "expected \":\" after the key, found a number (f.json:1:6)"},
      {"{\"a\":1,}", "expected a key in double quotes, found \"}\" (f.json:1:8)"},
      {"[1 2]", "expected \",\" or \"]\", found a number (f.json:1:4)"},
      {"[1}", "expected \",\" or \"]\", found \"}\" (f.json:1:3)"},
      {"1 2", "expected the end of the text after the value, found a number (f.json:1:3)"},
      {"{\"x\": {\n\"a\": [1,\n",
       "this \"[\" is never closed: expected a value, found the end of the text (f.json:2:6)"},
      {"[\"ab", "this string has no closing quote (f.json:1:2)"},
      {"[\"ab\n\"]", "this string has no closing quote on its line (f.json:1:2)"},
      {"[\"a\tb\"]",
       "expected an escape (\\uNNNN) for a control character in a string, found \"\\x09\" "
       "(f.json:1:4)"},
      {"\"\\x\"", "unknown escape in a string (f.json:1:2)"},
      {"\"\\u12g4\"", "expected four hexadecimal digits after \\u, found a word (f.json:1:6)"},
      {"01", "a number may not begin with 0 (f.json:1:1)"},
      {"-", "expected a digit, found the end of the text (f.json:1:2)"},
      {"1.", "expected a digit after the decimal point, found the end of the text (f.json:1:3)"},
      {"[1.e5]", "expected a digit after the decimal point, found a word (f.json:1:4)"},
      {"1e+", "expected a digit in the exponent, found the end of the text (f.json:1:4)"},
      {"1e999", "this number is too large (f.json:1:1)"},
      {"NaN", "expected a value, found a word (f.json:1:1)"},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(parse_error(text).summary(), want) << text;
}

TEST(JsonParse, BudgetBoundsDepthNodesAndSize) {
  EXPECT_EQ(parse_error(std::string(1'000'000, '[')).code(), kBudgetExceeded);
  EXPECT_EQ(parse_error(std::string(1'000'000, ' ')).summary(),
            "expected a value, found the end of the text (f.json:1:1000001)");
  Budget small({.file_bytes = 100, .nodes = 3});
  EXPECT_EQ(parse("[1,2,3,4]", small).error().code(), kBudgetExceeded);
  EXPECT_EQ(parse(std::string(101, ' '), small).error().code(), kBudgetExceeded);
}

TEST(JsonWrite, Numbers) {
  const std::pair<double, const char*> cases[] = {
      {0.0, "0"},
      {-0.0, "-0"},
      {1.5, "1.5"},
      {100, "100"},
      {1e20, "100000000000000000000"},
      {1e21, "1e+21"},
      {1e-6, "0.000001"},
      {1e-7, "1e-7"},
      {-1.5e-10, "-1.5e-10"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {5e-324, "5e-324"},
      {123456789012345680000.0, "123456789012345680000"},
      {0.1, "0.1"},
      {std::numeric_limits<double>::infinity(), "null"},
  };
  for (const auto& [number, want] : cases) EXPECT_EQ(write(Value(number)), want);
  EXPECT_EQ(write(Value(std::numeric_limits<int64_t>::min())), "-9223372036854775808");
}

TEST(JsonWrite, Strings) {
  EXPECT_EQ(write(Value("a\"\\\b\f\n\r\t\x01\x7F<é>")),
            "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\x7F<é>\"");
  EXPECT_EQ(write(Value("x\u2028y\u2029\u2027z")), "\"x\\u2028y\\u2029\u2027z\"");
  EXPECT_EQ(write(Value("a\xFFé\xE2")), "\"a\\ufffdé\\ufffd\"");
}

TEST(JsonWrite, Pointers) {
  EXPECT_EQ(to_pointer({}), "");
  EXPECT_EQ(to_pointer({"a/b", "~", "0", ""}), "/a~1b/~0/0/");
}

TEST(JsonWrite, PrettyAsKubectl) {
  EXPECT_EQ(write_pretty(Value::map({{"a", Value::list({1, Value::map()})},
                                     {"b", Value::list()},
                                     {"c", Value::map({{"d", nullptr}})}})),
            "{\n    \"a\": [\n        1,\n        {}\n    ],\n    \"b\": [],\n"
            "    \"c\": {\n        \"d\": null\n    }\n}");
}

}  // namespace
}  // namespace plumb::json
