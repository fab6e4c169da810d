#include "base/packed_text.h"

#include <gtest/gtest.h>

#include <vector>

namespace plumb {
namespace {

TEST(PackedText, TextsOfAnyLengthComeBackOneBehindTheOther) {
  std::vector<std::string> texts;
  for (const size_t size : {0, 1, 127, 128, 16383, 16384}) texts.emplace_back(size, 'x');
  std::string packed;
  for (const std::string& text : texts) append_text(packed, text);
  EXPECT_EQ(packed.size(), 0u + 1 + 127 + 128 + 16383 + 16384 + 1 + 1 + 1 + 2 + 2 + 3);
  size_t at = 0;
  for (const std::string& text : texts) {
    const std::string_view found = text_at(packed, at);
    EXPECT_EQ(found, text);
    at = static_cast<size_t>(found.data() - packed.data()) + found.size();
  }
  EXPECT_EQ(at, packed.size());
}

}  // namespace
}  // namespace plumb
