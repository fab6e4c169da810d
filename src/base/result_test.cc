#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/budget.h"

namespace plumb {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error(kInvalidArgument, std::to_string(number) + " is odd");
  return number / 2;
}

Result<void> check_positive(int number) {
  if (number <= 0) return Error(kInvalidArgument, "not positive");
  return {};
}

Result<std::string> quarter(int number) {
  TRY(check_positive(number));
  const int once = TRY(half(number));
  return std::to_string(TRY(half(once)));
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(*half(4), 2);
  EXPECT_TRUE(half(4).has_value());
  EXPECT_FALSE(static_cast<bool>(half(3)));
  EXPECT_EQ(half(3).error().message(), "3 is odd");
  EXPECT_EQ(half(3).value_or(7), 7);
  EXPECT_EQ(half(4).value_or(7), 2);
}

TEST(Result, TryReturnsTheFirstError) {
  EXPECT_EQ(*quarter(8), "2");
  EXPECT_EQ(quarter(-4).error().message(), "not positive");
  EXPECT_EQ(quarter(6).error().message(), "3 is odd");
}

TEST(Result, HoldsWhatCannotBeCopied) {
  const auto make = [](bool good) -> Result<std::unique_ptr<int>> {
    if (!good) return Error(kInternal, "no");
    return std::make_unique<int>(5);
  };
  const auto take = [&](bool good) -> Result<int> {
    const std::unique_ptr<int> value = TRY(make(good));
    return *value;
  };
  EXPECT_EQ(*take(true), 5);
  EXPECT_FALSE(take(false).has_value());
}

TEST(Result, CopiesAreIndependent) {
  Result<std::string> first = std::string("a");
  Result<std::string> second = first;
  *second += "b";
  EXPECT_EQ(*first, "a");
  EXPECT_EQ(*second, "ab");
}

TEST(Budget, NamesTheLimitAndItsValue) {
  Budget budget({.file_bytes = 10, .depth = 2});
  EXPECT_TRUE(budget.check_file_bytes(10).has_value());
  const auto large = budget.check_file_bytes(11);
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().code(), kBudgetExceeded);
  EXPECT_EQ(large.error().message(), "file size exceeds the limit of 10");
  EXPECT_TRUE(budget.check_depth(2).has_value());
  EXPECT_FALSE(budget.check_depth(3).has_value());
}

TEST(Budget, SumsUpWhatIsSpent) {
  Budget budget({.files = 3});
  EXPECT_TRUE(budget.spend_files().has_value());
  EXPECT_TRUE(budget.spend_files(2).has_value());
  EXPECT_FALSE(budget.spend_files().has_value());
}

}  // namespace
}  // namespace plumb
