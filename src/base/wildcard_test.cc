#include "base/wildcard.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace plumb {
namespace {

// All words over an alphabet of up to `longest` letters.
std::vector<std::string> words(std::string_view alphabet, size_t longest) {
  std::vector<std::string> out = {""};
  for (size_t i = 0; i < out.size(); ++i) {
    if (out[i].size() == longest) continue;
    for (const char letter : alphabet) out.push_back(out[i] + letter);
  }
  return out;
}

bool fast(std::string_view pattern, std::string_view text) {
  const auto step = [&](size_t p, size_t t) {
    const bool takes = pattern[p] == '?' || pattern[p] == text[t];
    return takes ? std::optional(p + 1) : std::nullopt;
  };
  return matches_wildcard(
      pattern.size(), text.size(), [&](size_t p) { return pattern[p] == '*'; }, step);
}

// By definition.
bool slow(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    return slow(pattern.substr(1), text) || (!text.empty() && slow(pattern, text.substr(1)));
  }
  return !text.empty() && (pattern.front() == '?' || pattern.front() == text.front()) &&
         slow(pattern.substr(1), text.substr(1));
}

TEST(Wildcard, AsByDefinitionForAllShortPatternsAndTexts) {
  const std::vector<std::string> texts = words("ab", 6);
  for (const std::string& pattern : words("ab?*", 5)) {
    for (const std::string& text : texts) {
      ASSERT_EQ(fast(pattern, text), slow(pattern, text)) << pattern << " on " << text;
    }
  }
}

}  // namespace
}  // namespace plumb
