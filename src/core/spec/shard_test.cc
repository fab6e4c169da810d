#include "core/spec/shard.h"

#include <gtest/gtest.h>

#include <vector>

namespace plumb {
namespace {

RepositoryKey repository(int number) {
  return {{"team-" + std::to_string(number % 7), "config-" + std::to_string(number)}};
}

TEST(Shard, OneShardHasAll) {
  EXPECT_EQ(shard_of(repository(1), "", 1), 0u);
  EXPECT_EQ(shard_of(repository(1), "5", 1), 0u);
}

TEST(Shard, EveryRepositoryHasOneAndTheyAreSpread) {
  for (const uint32_t count : {2u, 3u, 5u, 16u}) {
    std::vector<int> in(count);
    for (int i = 0; i < 4000; ++i) ++in.at(shard_of(repository(i), "", count));
    for (const int size : in) {
      EXPECT_GT(size, 4000 / static_cast<int>(count) * 7 / 10);
      EXPECT_LT(size, 4000 / static_cast<int>(count) * 13 / 10);
    }
  }
}

// Replicas of different releases must agree: these must never change.
TEST(Shard, IsTheSameForEver) {
  EXPECT_EQ(shard_of({{"prod", "config"}}, "", 4), 3u);
  EXPECT_EQ(shard_of({{"prod", "infra"}}, "", 4), 0u);
  EXPECT_EQ(shard_of({{"default", "shop"}}, "", 7), 1u);
  EXPECT_EQ(shard_of({{"default", "shop"}}, "team-a", 7), 3u);
}

TEST(Shard, ALabelNamesIt) {
  EXPECT_EQ(shard_of(repository(1), "2", 4), 2u);
  EXPECT_EQ(shard_of(repository(2), "02", 4), 2u);
  EXPECT_EQ(shard_of(repository(1), "6", 4), 2u);
  for (const uint32_t count : {2u, 3u, 9u}) {
    EXPECT_EQ(shard_of(repository(1), "team-a", count), shard_of(repository(2), "team-a", count));
    EXPECT_LT(shard_of(repository(1), "99999999999999999999999", count), count);
    EXPECT_LT(shard_of(repository(1), "-1", count), count);
  }
}

TEST(Shard, AnAppNamesItsRepository) {
  const auto app = [](Value of) {
    return Value::map({{"metadata", Value::map({{"namespace", "prod"}})}, {"spec", std::move(of)}});
  };
  EXPECT_EQ(repository_named_by(app(Value::map({{"repository", Value::map({{"name", "a"}})}}))),
            (RepositoryKey{{"prod", "a"}}));
  EXPECT_EQ(repository_named_by(app(
                Value::map({{"repository", Value::map({{"name", "a"}, {"namespace", "infra"}})}}))),
            (RepositoryKey{{"infra", "a"}}));
  EXPECT_EQ(repository_named_by(app(Value::map({{"repository", 7}}))),
            (RepositoryKey{{"prod", ""}}));
  EXPECT_EQ(repository_named_by(Value()), (RepositoryKey{{"", ""}}));
}

}  // namespace
}  // namespace plumb
