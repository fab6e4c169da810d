// Our readers and writers against the Go libraries, on inputs that are many and odd.
#include "oracle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "lang/json/json.h"
#include "lang/semver/semver.h"
#include "lang/yaml/key_order.h"
#include "lang/yaml/yaml.h"
#include "random.h"

namespace plumb::testing {
namespace {

// PLUMB_TEST_ROUNDS=50 asks that much more.
int rounds() {
  const char* const text = std::getenv("PLUMB_TEST_ROUNDS");
  return text == nullptr ? 1 : std::max(1, std::atoi(text));
}

constexpr size_t kMostFailures = 15;  // shown of one test

std::string shown(std::string_view text) {
  std::string out;
  json::append_string(out, text);
  return out;
}

// Where we refuse on purpose what kubectl's reader accepts.
bool stricter_on_purpose(const Error& error) {
  const int number = error.code().number;
  return number == yaml::kDuplicateKey.number ||    // kubectl: one of the two, unpredictably
         number == yaml::kUnsupportedTag.number ||  // kubectl: ignores the tag
         number == yaml::kUnrepresentable.number || number == kBudgetExceeded.number ||
         // kubectl takes a byte-order mark inside the text for a letter.
         error.message().find("U+FEFF") != std::string::npos ||
         error.message() == "null cannot be a key" ||  // kubectl: not seen where it is overwritten
         error.message() == "unknown escape in double quotes" ||  // kubectl knows \'
         // "[a:, b]": kubectl reads the text "a:", YAML 1.2 a map.
         error.message() == "unexpected \":\"";
}

// Where we accept on purpose what kubectl's reader refuses.
bool more_lenient_on_purpose(std::string_view text) {
  const bool json_escape = text.find("\\/") != std::string_view::npos;
  const bool version = text.find("%YAML 1.2") != std::string_view::npos;
  // "[a ? b]": a question mark inside text.
  const bool question =
      text.find('?') != std::string_view::npos && text.find_first_of("[{") < text.size();
  return json_escape || version || question;
}

// "" if we agree with the oracle on the first document of a text.
std::string disagreement(std::string_view text, const Answer& answer) {
  Budget budget;
  const auto documents = yaml::parse_all(text, "f.yaml", budget);
  if (!documents.has_value()) {
    if (!answer.ok || stricter_on_purpose(documents.error())) return "";
    return "we refuse: " + documents.error().summary() + "\n  Go: " + answer.text;
  }
  if (!answer.ok && more_lenient_on_purpose(text)) return "";
  const Value ours_value = documents->empty() ? Value() : documents->front().value;
  const Value* const ours = &ours_value;
  if (!answer.ok) return "Go refuses: " + answer.text + "\n  we: " + json::write(*ours);
  const auto theirs = json::parse(answer.text);
  if (!theirs.has_value()) return "Go's answer is no JSON: " + answer.text;
  if (json::write(*theirs) == json::write(*ours)) return "";
  if (theirs->is_null() && text.find("---") != std::string_view::npos) return "";  // left out
  return "Go: " + json::write(*theirs) + "\n  we: " + json::write(*ours);
}

void compare_reading(const std::vector<std::string>& texts) {
  Oracle oracle;
  for (const std::string& text : texts) oracle.ask("yaml-read", text);
  const std::vector<Answer> answers = oracle.answers();
  size_t failures = 0;
  size_t accepted = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    accepted += answers[i].ok ? 1 : 0;
    const std::string difference = disagreement(texts[i], answers[i]);
    if (difference.empty() || ++failures > kMostFailures) continue;
    ADD_FAILURE() << shown(texts[i]) << "\n  " << difference;
  }
  EXPECT_EQ(failures, 0u) << "of " << texts.size();
  ::testing::Test::RecordProperty("accepted", std::to_string(accepted));
  std::cout << "oracle accepted " << accepted << " of " << texts.size() << "\n";
}

TEST(YamlOracle, Scalars) {
  Random random(1);
  std::vector<std::string> texts;
  for (int i = 0; i < 6000 * rounds(); ++i) texts.push_back("a: " + random.scalar() + "\n");
  for (int i = 0; i < 2000 * rounds(); ++i) texts.push_back(random.scalar() + ": 1\n");
  for (int i = 0; i < 1000 * rounds(); ++i) {
    const std::string_view tag = random.pick(
        {"!!int", "!!float", "!!bool", "!!null", "!!str", "!!timestamp", "!!binary", "!"});
    texts.push_back(std::string(tag) + " " + random.scalar() + "\n");
    texts.push_back(std::string(tag) + " \"" + random.scalar() + "\"\n");
  }
  compare_reading(texts);
}

TEST(YamlOracle, Documents) {
  Random random(2);
  std::vector<std::string> texts;
  for (int i = 0; i < 6000 * rounds(); ++i) texts.push_back(random.document());
  compare_reading(texts);
}

TEST(YamlOracle, Tokens) {
  Random random(3);
  std::vector<std::string> texts;
  for (int i = 0; i < 20000 * rounds(); ++i) texts.push_back(random.tokens());
  compare_reading(texts);
}

// The inputs of yaml/cases, and of the folder PLUMB_TEST_CORPUS (what a fuzzer found, say).
TEST(YamlOracle, Cases) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  const char* const source = std::getenv("PLUMB_SOURCE_DIR");
  ASSERT_NE(source, nullptr);
  for (const auto& entry : fs::directory_iterator(fs::path(source) / "tests/lang/yaml/cases")) {
    files.push_back(entry.path() / "input.yaml");
  }
  if (const char* const corpus = std::getenv("PLUMB_TEST_CORPUS")) {
    for (const auto& entry : fs::directory_iterator(corpus)) files.push_back(entry.path());
  }
  std::vector<std::string> texts;
  for (const fs::path& file : files) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    texts.push_back(text.str());
  }
  compare_reading(texts);
}

// Texts that kubectl's writer loses or cannot write: it reads the JSON of the value as YAML first.
bool beyond_oracle(const Value& value) {
  const std::string text = json::write(value);
  return text.find("\u0085") != std::string::npos || text.find("\"<<\":") != std::string::npos;
}

void compare_writing(const std::vector<Value>& values) {
  Oracle oracle;
  for (const Value& value : values) oracle.ask("yaml-write", json::write(value));
  const std::vector<Answer> answers = oracle.answers();
  size_t failures = 0;
  size_t compared = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    const std::string ours = yaml::write(values[i]);
    Budget budget;
    const auto back = yaml::parse(ours, "f.yaml", budget);
    const bool same = back.has_value() && json::write(*back) == json::write(values[i]);
    const bool comparable = answers[i].ok && !beyond_oracle(values[i]);
    compared += comparable ? 1 : 0;
    if (same && (!comparable || ours == answers[i].text)) continue;
    if (++failures > kMostFailures) continue;
    ADD_FAILURE() << json::write(values[i]) << "\n  we: " << shown(ours)
                  << "\n  Go: " << shown(answers[i].text) << "\n  back: "
                  << (back.has_value() ? json::write(*back) : back.error().summary());
  }
  EXPECT_EQ(failures, 0u) << "of " << values.size();
  EXPECT_GT(compared, values.size() / 2);
}

TEST(YamlOracle, WritesTexts) {
  Random random(4);
  std::vector<Value> values;
  for (int i = 0; i < 8000 * rounds(); ++i) {
    values.push_back(Value::map({{"a", Value(random.text(1 + random.below(40)))}}));
  }
  for (int i = 0; i < 4000 * rounds(); ++i) values.push_back(Value::list({random.scalar()}));
  for (int i = 0; i < 1000 * rounds(); ++i) values.push_back(Value(random.text(6)));
  for (int i = 0; i < 3000 * rounds(); ++i) {
    values.push_back(Value::map({{random.text(random.below(60)), Value(random.text(3))}}));
  }
  compare_writing(values);
}

TEST(YamlOracle, WritesValues) {
  Random random(5);
  std::vector<Value> values;
  for (int i = 0; i < 8000 * rounds(); ++i) values.push_back(random.value(4));
  compare_writing(values);
}

// Whether the order of these keys has a cycle: go-yaml writes them in changing order then.
bool has_cycle(const Map& map) {
  for (const Member& a : map) {
    for (const Member& b : map) {
      for (const Member& c : map) {
        if (yaml::key_before(a.key, b.key) && yaml::key_before(b.key, c.key) &&
            !yaml::key_before(a.key, c.key)) {
          return true;
        }
      }
    }
  }
  return false;
}

TEST(YamlOracle, OrdersKeys) {
  Random random(6);
  std::vector<Value> values;
  for (int i = 0; i < 3000 * rounds(); ++i) {
    Map map;
    for (size_t n = 2 + random.below(8); n > 0; --n) {
      std::string key;
      for (size_t k = 1 + random.below(5); k > 0; --k) {
        key +=
            random.pick({"a", "b", "Z", "0", "1", "9", "00", "10", "-", ".", "_", "é", "日", "٣"});
      }
      map.set(key, Value(1));
    }
    if (!has_cycle(map)) values.push_back(Value(std::move(map)));
  }
  compare_writing(values);
}

TEST(SemverOracle, Constraints) {
  Random random(7);
  std::vector<std::pair<std::string, std::string>> questions;
  Oracle oracle;
  for (int i = 0; i < 20000 * rounds(); ++i) {
    questions.emplace_back(random.constraint(), random.version());
    oracle.ask("semver-match", questions.back().first + "\n" + questions.back().second);
  }
  size_t matched = 0;
  size_t next = 0;
  for (const Answer& answer : oracle.answers()) {
    const auto& [constraint_text, version_text] = questions[next++];
    const auto constraint = semver::Constraint::parse(constraint_text);
    const auto version = semver::Version::parse(version_text);
    const bool ok = constraint.has_value() && version.has_value();
    ASSERT_EQ(ok, answer.ok) << constraint_text << " on " << version_text << ": " << answer.text;
    if (!ok) continue;
    const bool matches = constraint->matches(*version);
    ASSERT_EQ(matches ? "true" : "false", answer.text) << constraint_text << " on " << version_text;
    matched += matches ? 1 : 0;
  }
  EXPECT_GT(matched, questions.size() / 20);
}

TEST(SemverOracle, Order) {
  Random random(8);
  std::vector<std::pair<std::string, std::string>> questions;
  Oracle oracle;
  for (int i = 0; i < 10000 * rounds(); ++i) {
    questions.emplace_back(random.version(), random.version());
    oracle.ask("semver-compare", questions.back().first + "\n" + questions.back().second);
  }
  size_t next = 0;
  for (const Answer& answer : oracle.answers()) {
    const auto& [first, second] = questions[next++];
    const auto a = semver::Version::parse(first);
    const auto b = semver::Version::parse(second);
    ASSERT_EQ(a.has_value() && b.has_value(), answer.ok) << first << " and " << second;
    if (!answer.ok) continue;
    const auto order = *a <=> *b;
    ASSERT_EQ(order < 0 ? "-1" : order > 0 ? "1" : "0", answer.text) << first << " and " << second;
  }
}

// JSON that is nearly valid: values written and then damaged.
TEST(JsonOracle, ReadsAndWrites) {
  Random random(9);
  std::vector<std::string> texts;
  Oracle oracle;
  for (int i = 0; i < 8000 * rounds(); ++i) {
    std::string text =
        random.chance(3) ? json::write_pretty(random.value(3)) : json::write(random.value(3));
    if (random.chance(2)) {
      const size_t at = random.below(text.size());
      const std::string_view part =
          random.pick({"",        " ",       "\"",   "\\",       "{",    "}",     "[",  "]",
                       ",",       ":",       "0",    "1",        "-",    ".",     "e5", "\\u00e9",
                       "\\ud83d", "\\ude00", "\xFF", "\xE2\x82", "null", "1e400", "\n"});
      text.replace(at, random.below(3), part);
    }
    oracle.ask("json", text);
    texts.push_back(std::move(text));
  }
  size_t accepted = 0;
  size_t next = 0;
  for (const Answer& answer : oracle.answers()) {
    const std::string& text = texts[next++];
    const auto ours = json::parse(text);
    ASSERT_EQ(ours.has_value(), answer.ok)
        << shown(text) << "\n  Go: " << answer.text
        << "\n  we: " << (ours.has_value() ? json::write(*ours) : ours.error().summary());
    if (!answer.ok) continue;
    ASSERT_EQ(json::write(*ours), answer.text) << shown(text);
    ++accepted;
  }
  EXPECT_GT(accepted, texts.size() / 3);
}

}  // namespace
}  // namespace plumb::testing
