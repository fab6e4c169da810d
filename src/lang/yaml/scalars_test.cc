#include "lang/yaml/scalars.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "lang/json/json.h"

namespace plumb::yaml {
namespace {

std::vector<ScalarPlace> scalars(std::string_view text) {
  Budget budget;
  auto found = find_scalars(text, "f.yaml", budget);
  EXPECT_TRUE(found.has_value()) << found.error().render();
  return found.has_value() ? *std::move(found) : std::vector<ScalarPlace>();
}

ScalarPlace at(std::string_view text, const std::string& path) {
  for (const ScalarPlace& place : scalars(text)) {
    if (join(place.path, "/") == path) return place;
  }
  ADD_FAILURE() << "no " << path;
  return {};
}

std::string bytes_at(std::string_view text, const std::string& path) {
  const ScalarPlace place = at(text, path);
  return std::string(text.substr(place.begin, place.end - place.begin));
}

TEST(YamlScalars, BytesOfEveryStyle) {
  constexpr std::string_view kText =
      "# größe\r\n"
      "grüße: &a  ünï   # \"c\"\r\n"
      "list:\r\n"
      "- 'it''s'\r\n"
      "- !!str \"a\\tb\"\r\n"
      "- {image: reg/web:1, n: 12}\r\n"
      "- *a\r\n"
      "block: |\r\n  one\r\nlast: x\r\n";
  EXPECT_EQ(bytes_at(kText, "grüße"), "ünï");
  EXPECT_EQ(bytes_at(kText, "list/0"), "'it''s'");
  EXPECT_EQ(bytes_at(kText, "list/1"), "\"a\\tb\"");
  EXPECT_EQ(bytes_at(kText, "list/2/image"), "reg/web:1");
  EXPECT_EQ(bytes_at(kText, "list/2/n"), "12");
  EXPECT_EQ(bytes_at(kText, "list/3"), "*a");
  EXPECT_EQ(bytes_at(kText, "last"), "x");
  EXPECT_TRUE(at(kText, "list/3").is_alias);
  EXPECT_TRUE(at(kText, "list/2/image").in_brackets);
  EXPECT_FALSE(at(kText, "list/2/n").is_text);
  EXPECT_EQ(at(kText, "block").style, ScalarStyle::block);
  EXPECT_EQ(comment_behind(kText, at(kText, "grüße")), "# \"c\"");
  EXPECT_EQ(comment_behind(kText, at(kText, "list/2/n")), "");
  EXPECT_EQ(at(kText, "list/1").line, 5);
}

TEST(YamlScalars, DocumentsAreCountedAndAByteOrderMarkIsNotLost) {
  constexpr std::string_view kText = "\xEF\xBB\xBF---\na: 1\n---\n---\na: 2\n";
  const auto found = scalars(kText);
  ASSERT_EQ(found.size(), 3u);  // the empty document is a null
  EXPECT_EQ(found[2].document, 2u);
  EXPECT_EQ(kText.substr(found[2].begin, 1), "2");
}

TEST(YamlScalars, OnlyUtf8CanBeEdited) {
  Budget budget;
  const auto found = find_scalars(std::string_view("\xFF\xFE"
                                                   "a\0:\0 \0b\0",
                                                   10),
                                  "f.yaml", budget);
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code(), kBadEncoding);
}

TEST(YamlScalars, QuotesStayAndComeWhereTheTypeWouldChange) {
  const ScalarPlace plain{.begin = 0, .end = 1};
  const ScalarPlace single{.begin = 0, .end = 1, .style = ScalarStyle::single_quoted};
  const ScalarPlace twice{.begin = 0, .end = 1, .style = ScalarStyle::double_quoted};
  EXPECT_EQ(written_at(plain, "reg.example/web:v2@sha256:00"), "reg.example/web:v2@sha256:00");
  for (const char* other : {"1.10", "012", "1e5", "0x1f", "yes", "null", "2026-01-01", "", "a b",
                            "-x", "a: b", "x #y", "[a", "~", ".5", "a:"}) {
    EXPECT_EQ(written_at(plain, other), "\"" + std::string(other) + "\"");
  }
  EXPECT_EQ(written_at(single, "it's"), "'it''s'");
  EXPECT_EQ(written_at(single, "a\nb"), "\"a\\nb\"");
  EXPECT_EQ(written_at(twice, "v2"), "\"v2\"");
  EXPECT_EQ(written_at(ScalarPlace{.begin = 3, .end = 3}, "v2"), " v2");
}

// In every text that can be read, every string can be replaced, and nothing else changes.
void check_edits(const std::string& text, size_t& edits) {
  Budget budget;
  const auto before = parse_all(text, "f.yaml", budget);
  if (!before) return;
  Budget other;
  const auto places = find_scalars(text, "f.yaml", other);
  if (!places) return;
  for (const ScalarPlace& place : *places) {
    if (!place.is_replaceable) continue;
    for (const char* value : {"v2", "1.10", "it's \"x\"#"}) {
      const std::string bytes = written_at(place, value);
      const std::string edited = text.substr(0, place.begin) + bytes + text.substr(place.end);
      Budget again;
      const auto after = find_scalars(edited, "f.yaml", again);
      ASSERT_TRUE(after.has_value()) << edited << after.error().render();
      ASSERT_EQ(after->size(), places->size()) << edited;
      for (size_t i = 0; i < places->size(); ++i) {
        const bool here = (*places)[i].begin == place.begin;
        EXPECT_EQ((*after)[i].value, here ? value : (*places)[i].value) << edited;
        EXPECT_EQ((*after)[i].path, (*places)[i].path) << edited;
        EXPECT_TRUE(!here || (*after)[i].is_text || edited[0] == '!' ||
                    edited.find('!') != std::string::npos)
            << edited;
      }
      ++edits;
    }
  }
}

TEST(YamlScalars, NothingElseChanges) {
  const char* source = std::getenv("PLUMB_SOURCE_DIR");
  const std::filesystem::path root = std::filesystem::path(source != nullptr ? source : ".");
  size_t edits = 0;
  for (const char* folder : {"tests/lang/yaml", "tests/render", "examples", "deploy"}) {
    for (const auto& file : std::filesystem::recursive_directory_iterator(root / folder)) {
      if (file.is_symlink() || !file.is_regular_file() || file.file_size() > 100'000) continue;
      std::stringstream text;
      text << std::ifstream(file.path(), std::ios::binary).rdbuf();
      SCOPED_TRACE(file.path().string());
      check_edits(text.str(), edits);
    }
  }
  EXPECT_GT(edits, 1000u);
}

}  // namespace
}  // namespace plumb::yaml
