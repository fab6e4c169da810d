#include "base/packed_text.h"

#include <gtest/gtest.h>

#include <vector>

namespace plumb {
namespace {

TEST(PackedText, TextsOfAnyLengthComeBackOneBehindTheOther) {
  std::vector<std::string> texts;
  for (const size_t size : {0u, 1u, 127u, 128u, 16383u, 16384u}) texts.emplace_back(size, 'x');
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

TEST(PackedText, IsReadInTheOrderOfWriting) {
  std::string packed;
  append_text(packed, "web");
  append_number(packed, INT64_MIN);
  const Fingerprint bytes = fingerprint("x");
  append_bytes(packed, bytes);
  packed += '\xff';
  append_number(packed, 0);
  PackedReader in(packed);
  EXPECT_EQ(in.text(), "web");
  EXPECT_EQ(in.number(), INT64_MIN);
  EXPECT_EQ(in.bytes<16>(), bytes);
  EXPECT_EQ(in.byte(), 0xff);
  EXPECT_FALSE(in.at_end());
  EXPECT_EQ(in.number(), 0);
  EXPECT_TRUE(in.at_end());
}

}  // namespace
}  // namespace plumb
