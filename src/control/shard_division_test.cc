#include "control/shard_division.h"

#include <gtest/gtest.h>
#include <functional>
#include <map>

namespace plumb {
namespace {

using Names = std::vector<std::string>;

TEST(ShardDivision, FreeShardsAreSharedOut) {
  EXPECT_EQ(divide_shards({"", "", "", ""}, {"a", "b"}), (Names{"a", "b", "a", "b"}));
  EXPECT_EQ(divide_shards({"", ""}, {"a"}), (Names{"a", "a"}));
  EXPECT_EQ(divide_shards({"", ""}, {"a", "b", "c"}), (Names{"a", "b"}));
}

TEST(ShardDivision, WhoIsGoneLosesItsShardsAndTheOthersKeepTheirs) {
  EXPECT_EQ(divide_shards({"a", "b", "a", "b"}, {"b"}), (Names{"b", "b", "b", "b"}));
  EXPECT_EQ(divide_shards({"a", "b", "c"}, {"a", "c"}), (Names{"a", "a", "c"}));
}

TEST(ShardDivision, WhoComesGetsItsShareAndNoMore) {
  EXPECT_EQ(divide_shards({"a", "a", "a", "a"}, {"a", "b"}), (Names{"a", "a", "b", "b"}));
  EXPECT_EQ(divide_shards({"a", "a", "b"}, {"a", "b", "c"}), (Names{"a", "c", "b"}));
  EXPECT_EQ(divide_shards({"a", "b", "b"}, {"a", "b"}), (Names{"a", "b", "b"}));
}

TEST(ShardDivision, NobodyIsThere) {
  EXPECT_EQ(divide_shards({"a", ""}, {}), (Names{"", ""}));
}

// Every way in which up to five shards are held by three replicas, by nobody or by one that is
// gone, with every set of replicas that live.
void for_all(const std::function<void(const Names&, const std::set<std::string>&)>& check) {
  const Names who{"", "a", "b", "c", "gone"};
  for (size_t shards = 1; shards <= 5; ++shards) {
    size_t ways = 1;
    for (size_t i = 0; i < shards; ++i) ways *= who.size();
    for (size_t way = 0; way < ways; ++way) {
      Names holders;
      for (size_t i = 0, rest = way; i < shards; ++i, rest /= who.size()) {
        holders.push_back(who[rest % who.size()]);
      }
      for (int living = 1; living < 8; ++living) {
        std::set<std::string> replicas;
        for (int i = 0; i < 3; ++i) {
          if ((living >> i) % 2 == 1) replicas.insert(who[static_cast<size_t>(i) + 1]);
        }
        check(holders, replicas);
      }
    }
  }
}

std::map<std::string, size_t> counts(const Names& names) {
  std::map<std::string, size_t> out;
  for (const std::string& name : names) ++out[name];
  return out;
}

TEST(ShardDivision, EveryShardHasOneAndTheSharesAreEven) {
  for_all([](const Names& holders, const std::set<std::string>& replicas) {
    const Names out = divide_shards(holders, replicas);
    ASSERT_EQ(out.size(), holders.size());
    for (const std::string& name : out) ASSERT_TRUE(replicas.contains(name));
    std::map<std::string, size_t> count = counts(out);
    for (const std::string& replica : replicas) {
      ASSERT_GE(count[replica], out.size() / replicas.size());
      ASSERT_LE(count[replica], (out.size() - 1) / replicas.size() + 1);
    }
  });
}

TEST(ShardDivision, ComesToRestInOneStep) {
  for_all([](const Names& holders, const std::set<std::string>& replicas) {
    const Names once = divide_shards(holders, replicas);
    ASSERT_EQ(divide_shards(once, replicas), once);
  });
}

// A shard leaves a replica that lives only as far as that one has more than its share.
TEST(ShardDivision, NothingMovesThatNeedNot) {
  for_all([](const Names& holders, const std::set<std::string>& replicas) {
    const Names out = divide_shards(holders, replicas);
    std::map<std::string, size_t> before = counts(holders);
    std::map<std::string, size_t> after = counts(out);
    std::map<std::string, size_t> left;
    for (size_t i = 0; i < out.size(); ++i) {
      if (holders[i] != out[i]) ++left[holders[i]];
    }
    for (const std::string& replica : replicas) {
      const size_t too_many =
          before[replica] > after[replica] ? before[replica] - after[replica] : 0;
      ASSERT_EQ(left[replica], too_many);
    }
  });
}

}  // namespace
}  // namespace plumb
