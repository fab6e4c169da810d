#include "base/number.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

TEST(ParseInt64, reads_what_go_reads) {
  EXPECT_EQ(parse_int64("0"), 0);
  EXPECT_EQ(parse_int64("+7"), 7);
  EXPECT_EQ(parse_int64("-007"), -7);
  EXPECT_EQ(parse_int64("9223372036854775807"), INT64_MAX);
}

TEST(ParseInt64, refuses_the_rest) {
  for (const char* text : {"", "+", "-", "+-7", "--7", " 7", "7 ", "7x", "0x7", "1_000", "7.0",
                           "9223372036854775808"}) {
    EXPECT_EQ(parse_int64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace plumb
