// What cases of tests/lang/yaml do not show: lines, limits, several documents, and the writer's
// layout.
#include "lang/yaml/yaml.h"

#include <gtest/gtest.h>

#include <cmath>

#include "lang/json/json.h"
#include "lang/yaml/resolve.h"

namespace plumb::yaml {
namespace {

std::vector<Document> documents(std::string_view text) {
  Budget budget;
  auto parsed = parse_all(text, "f.yaml", budget);
  EXPECT_TRUE(parsed.has_value()) << parsed.error().render();
  return parsed.has_value() ? *std::move(parsed) : std::vector<Document>();
}

Error refusal(std::string_view text, Limits limits = {}) {
  Budget budget(limits);
  const auto parsed = parse_all(text, "f.yaml", budget);
  if (!parsed.has_value()) return parsed.error();
  ADD_FAILURE() << "accepted: " << text.substr(0, 80);
  return Error(kInternal, "accepted");
}

TEST(YamlLines, OfFields) {
  const auto parsed = documents(
      "# head\n"
      "kind: Deployment\n"
      "metadata: {name: web,\n"
      "  labels: {a: b}}\n"
      "spec:\n"
      "  containers:\n"
      "    - name: one\n"
      "      image: a\n"
      "    -\n"
      "      name: two\n"
      "      args: [x,\n"
      "        y]\n"
      "\"quoted key\": 1\n"
      "10: ten\n");
  ASSERT_EQ(parsed.size(), 1u);
  const Document& document = parsed[0];
  EXPECT_EQ(document.line, 2);
  EXPECT_EQ(document.line_of({}), 2);
  EXPECT_EQ(document.line_of({"kind"}), 2);
  EXPECT_EQ(document.line_of({"metadata", "name"}), 3);
  EXPECT_EQ(document.line_of({"metadata", "labels", "a"}), 4);
  EXPECT_EQ(document.line_of({"spec"}), 5);
  EXPECT_EQ(document.line_of({"spec", "containers", "0", "image"}), 8);
  EXPECT_EQ(document.line_of({"spec", "containers", "1"}), 10);
  EXPECT_EQ(document.line_of({"spec", "containers", "1", "args", "1"}), 12);
  EXPECT_EQ(document.line_of({"quoted key"}), 13);
  EXPECT_EQ(document.line_of({"10"}), 14);
}

TEST(YamlLines, OfWhatIsNotThereAreThoseOfItsParent) {
  const auto parsed = documents("a:\n  b:\n    c: 1\n");
  EXPECT_EQ(parsed[0].line_of({"a", "b", "missing", "c"}), 2);
  EXPECT_EQ(parsed[0].line_of({"missing"}), 1);
  EXPECT_EQ(Document{}.line_of({"a"}), 1);
}

TEST(YamlLines, OfWhatAnAliasBringsAreThoseOfTheAlias) {
  const auto parsed = documents("a: &a\n  b: 1\nc:\n  d: *a\ne:\n  <<: *a\n  f: 2\n");
  EXPECT_EQ(parsed[0].line_of({"a", "b"}), 2);
  EXPECT_EQ(parsed[0].line_of({"c", "d", "b"}), 4);
  EXPECT_EQ(parsed[0].line_of({"e", "b"}), 5);
  EXPECT_EQ(parsed[0].line_of({"e", "f"}), 7);
}

TEST(YamlLines, OfSeveralDocuments) {
  const auto parsed = documents("---\na: 1\n---\n# note\n\nb: 2\n---\n\n---\n{c: 3}\n");
  ASSERT_EQ(parsed.size(), 3u);
  EXPECT_EQ(parsed[0].line, 2);
  EXPECT_EQ(parsed[1].line, 6);
  EXPECT_EQ(parsed[2].line, 10);
  EXPECT_EQ(parsed[2].line_of({"c"}), 10);
}

TEST(YamlParse, OneDocument) {
  Budget budget;
  EXPECT_EQ(json::write(*parse("a: [1]\n", "f.yaml", budget)), R"({"a":[1]})");
  EXPECT_TRUE(parse("", "f.yaml", budget)->is_null());
  EXPECT_TRUE(parse("---\n---\na: 1\n", "f.yaml", budget)->is_map());
  const auto two = parse("a: 1\n---\nb: 1\n", "f.yaml", budget);
  ASSERT_FALSE(two.has_value());
  EXPECT_EQ(two.error().summary(), "expected one document, found 2 (f.yaml:3)");
}

TEST(YamlParse, AliasesShareAndStayApartWhenWritten) {
  auto parsed = documents("a: &a {x: 1}\nb: *a\n");
  Value value = parsed[0].value;
  value.set_path({"b", "x"}, 2);
  EXPECT_EQ(json::write(value), R"({"a":{"x":1},"b":{"x":2}})");
}

TEST(YamlLimits, FileBytes) {
  EXPECT_EQ(refusal(std::string(10u << 20, '#')).summary(),
            "file size exceeds the limit of 8388608 (f.yaml)");
}

TEST(YamlLimits, Depth) {
  EXPECT_EQ(refusal(std::string(1'000'000, '[')).code(), kBudgetExceeded);
  std::string stairs;
  for (int i = 0; i < 1000; ++i) stairs += std::string(static_cast<size_t>(i), ' ') + "a:\n";
  EXPECT_EQ(refusal(stairs).code(), kBudgetExceeded);
  std::string dashes;
  for (int i = 0; i < 500'000; ++i) dashes += "- ";
  EXPECT_EQ(refusal(dashes).code(), kBudgetExceeded);
  EXPECT_EQ(documents(std::string(64, '[') + std::string(64, ']')).size(), 1u);
}

TEST(YamlLimits, Nodes) {
  EXPECT_EQ(refusal("[1, 2, 3, 4]", {.nodes = 3}).code(), kBudgetExceeded);
  EXPECT_EQ(refusal("{a: 1, b: 2}", {.nodes = 1}).code(), kBudgetExceeded);
  EXPECT_EQ(refusal("--- a\n--- b\n--- c\n", {.nodes = 2}).code(), kBudgetExceeded);
}

TEST(YamlLimits, AliasesAreCountedAsWhatTheyExpandTo) {
  const Error error = refusal("a: &a [1, 2, 3]\nb: [*a, *a]\n", {.alias_nodes = 7});
  EXPECT_EQ(error.code(), kBudgetExceeded);
  EXPECT_EQ(error.position()->line, 2);
  Budget enough({.alias_nodes = 8});
  EXPECT_TRUE(parse_all("a: &a [1, 2, 3]\nb: [*a, *a]\n", "f.yaml", enough).has_value());
}

TEST(YamlErrors, NamesFromTheTextAreCutAndEscaped) {
  const Error error = refusal("a: !" + std::string(100'000, 'x') + " 1\n");
  EXPECT_LT(error.message().size(), 200u);
  EXPECT_EQ(refusal("\"a\\e[31m\": 1\n\"a\\e[31m\": 2\n").message(),
            "key \"a\\x1b[31m\" is given twice; the first is on line 1");
}

TEST(YamlErrors, ValuesAreNeverQuoted) {
  for (const char* text :
       {"a: !!int hunter2\n", "a: hunter2: b\n", "a: [hunter2\n", "a: \"hunter2\n",
        "a: 1\nhunter2 hunter2\nb: 1\n", "a: !!binary hunter2!\n", "a:hunter2\nb: 1\n",
        "a: 'x'hunter2\n", "a: @hunter2\n", "  a: 1\n hunter2\n", "a: |hunter2\n"}) {
    EXPECT_EQ(refusal(text).render().find("hunter"), std::string::npos) << text;
  }
}

TEST(YamlResolve, Timestamps) {
  for (const char* text :
       {"2001-12-14", "2001-1-2", "2001-12-14T21:59:43Z", "2001-12-14t21:59:43.10-05:00",
        "2001-12-14 21:59:43.1", "2001-12-14 1:2:3", "2000-02-29"}) {
    EXPECT_TRUE(is_timestamp(text)) << text;
  }
  for (const char* text : {"2001-13-14", "2001-02-29", "2001-12-14T21:59:43", "2001-12-14 21:59",
                           "2001-12-14 24:00:00", "01-12-14", "2001-12-14x", "2001-12"}) {
    EXPECT_FALSE(is_timestamp(text)) << text;
  }
}

TEST(YamlDialects, KustomizeReadsWordsAsTextAndDatesAsTimes) {
  const auto read = [](const std::string& text, Dialect dialect) {
    Budget budget;
    const Result<Value> value = parse(text, "f", budget, dialect);
    return value ? json::write(*value) : "error: " + value.error().message();
  };
  const std::string words =
      "[yes, No, on, OFF, y, true, FALSE, ~, '', 2001-2-3, 0o7, 010, 1_0, 1.0]";
  EXPECT_EQ(read(words, Dialect::kubectl),
            R"([true,false,true,false,true,true,false,null,"","2001-2-3",7,8,10,1])");
  EXPECT_EQ(read(words, Dialect::kustomize),
            R"(["yes","No","on","OFF","y",true,false,null,"","2001-02-03T00:00:00Z",7,8,10,1])");
  EXPECT_EQ(read("[2001-12-14t21:59:43.10-05:00, 2001-12-14 1:2:3.4567]", Dialect::kustomize),
            R"(["2001-12-14T21:59:43.1-05:00","2001-12-14T01:02:03.4567Z"])");
  EXPECT_EQ(read("1: a", Dialect::kubectl), R"({"1":"a"})");
  EXPECT_EQ(read("1: a", Dialect::kustomize), "error: a key has to be a text");
  EXPECT_EQ(read("a: 1\nb: &b {a: 2}\nc: {a: 1, <<: *b}", Dialect::kustomize),
            R"({"a":1,"b":{"a":2},"c":{"a":1}})");
  EXPECT_EQ(read("a: 1\na: 2", Dialect::kustomization), R"({"a":2})");
}

TEST(YamlDialects, KustomizeRemembersHowScalarsWereSpelled) {
  Budget budget;
  const auto documents = parse_all("a: {b: 1.10, c: 0x1F, d: ~, e: '1', f: 7, g: True, h: text}",
                                   "f", budget, Dialect::kustomize);
  ASSERT_TRUE(documents) << documents.error().render();
  const auto spelling = [&](const char* key) { return documents->front().spelling_of({"a", key}); };
  EXPECT_EQ(spelling("b"), "1.10");
  EXPECT_EQ(spelling("c"), "0x1F");
  EXPECT_EQ(spelling("d"), "~");
  EXPECT_EQ(spelling("e"), std::nullopt);
  EXPECT_EQ(spelling("f"), std::nullopt);
  EXPECT_EQ(spelling("g"), "True");
  EXPECT_EQ(spelling("h"), std::nullopt);
}

TEST(YamlWrite, Layout) {
  EXPECT_EQ(write(Value::map({{"b", Value::list({1, Value::map({{"x", 1}, {"y", Value::list()}}),
                                                 Value::list({"p", "q"})})},
                              {"a", Value::map({{"k", nullptr}})},
                              {"c", Value::map()}})),
            "a:\n  k: null\nb:\n- 1\n- x: 1\n  \"y\": []\n- - p\n  - q\nc: {}\n");
  EXPECT_EQ(write(Value()), "null\n");
  EXPECT_EQ(write(Value("text")), "text\n");
  EXPECT_EQ(write(Value::list()), "[]\n");
}

TEST(YamlWrite, Numbers) {
  EXPECT_EQ(write(Value(1.0)), "1\n");
  EXPECT_EQ(write(Value(1.5)), "1.5\n");
  EXPECT_EQ(write(Value(1e20)), "1e+20\n");
  EXPECT_EQ(write(Value(1e7 + 0.5)), "1.00000005e+07\n");
  EXPECT_EQ(write(Value(int64_t{-9223372036854775807})), "-9223372036854775807\n");
}

TEST(YamlWrite, Texts) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "\"\""},
      {"true", "\"true\""},
      {"no", "\"no\""},
      {"y", "\"y\""},
      {"12", "\"12\""},
      {"1e3", "\"1e3\""},
      {"12:30", "\"12:30\""},
      {"2024-01-01", "\"2024-01-01\""},
      {"null", "\"null\""},
      {"1.2.3", "1.2.3"},
      {"a: b", "'a: b'"},
      {"a:b", "a:b"},
      {"- a", "'- a'"},
      {"it's", "it's"},
      {"'x", "'''x'"},
      {"#c", "'#c'"},
      {" a", "' a'"},
      {"a\tb", "\"a\\tb\""},
      {"a\nb", "|-\n  a\n  b"},
      {"a\nb\n", "|\n  a\n  b"},
      {"a\n\n", "|+\n  a\n"},
      {" a\nb\n", "|2\n   a\n  b"},
      {"a \nb", "\"a \\nb\""},
      {"\xF0\x9F\x98\x80", "\"\\U0001F600\""},
      {"\xC3\xA9", "\xC3\xA9"},
      {"a\xFF", "a\xEF\xBF\xBD"},
      {"\x7F", "\"\\x7F\""},
      {"\xC2\x85", "\"\\N\""},
  };
  for (const auto& [text, want] : cases) {
    EXPECT_EQ(write(Value::map({{"k", text}})), "k: " + std::string(want) + "\n");
  }
}

TEST(YamlWrite, FoldsBeyondEightyColumns) {
  std::string words;
  for (int i = 0; i < 30; ++i) words += "word" + std::to_string(i) + " ";
  words += "end";
  const std::string text = write(Value::map({{"k", words}}));
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "k: word0 word1 word2 word3 word4 word5 word6 word7 word8 word9 word10 word11 word12");
  Budget budget;
  EXPECT_EQ(*parse(text, "f.yaml", budget)->find("k")->as_string(), words);
}

TEST(YamlWrite, OddKeys) {
  EXPECT_EQ(write(Value::map({{"<<", 1}, {"1", 2}, {"", 3}, {"a: b", 4}, {"x\ny", 5}})),
            "\"\": 3\n\"<<\": 1\n\"1\": 2\n'a: b': 4\n? |-\n  x\n  y\n: 5\n");
  EXPECT_EQ(write(Value::map({{"a10", 1}, {"a2", 1}, {"ab", 1}, {"B", 1}})),
            "B: 1\na2: 1\na10: 1\nab: 1\n");
}

TEST(YamlWrite, DeepValues) {
  Value value = Value::list();
  for (int i = 0; i < 2000; ++i) value = Value::list({std::move(value)});
  const std::string text = write(value);
  EXPECT_EQ(text.substr(0, 4), "- - ");
  EXPECT_EQ(text.size(), 2u * 2000 + 3);
}

}  // namespace
}  // namespace plumb::yaml
