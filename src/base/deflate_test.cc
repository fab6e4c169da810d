#include "base/deflate.h"

#include <gtest/gtest.h>

#include <random>

namespace plumb {
namespace {

TEST(Deflate, InflatesToWhatWasDeflated) {
  std::mt19937 random(1);
  for (size_t size = 0; size < 100'000; size += 1 + size / 3) {
    std::string text(size, 'x');
    for (char& c : text) {
      if (random() % 2 == 0) c = static_cast<char>(random());
    }
    EXPECT_EQ(inflated(deflated(text), size), text) << size;
    EXPECT_EQ(inflated(deflated(text, "dictionary"), size, "dictionary"), text) << size;
  }
}

TEST(Deflate, ADictionaryHelpsShortTexts) {
  const std::string text = R"({"apiVersion":"v1","kind":"ConfigMap"})";
  EXPECT_LT(deflated(text, text).size(), 10u);
  EXPECT_GT(deflated(text).size(), 30u);
}

}  // namespace
}  // namespace plumb
