#include "edge/cluster/record_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace plumb {
namespace {

using Key = std::pair<uint32_t, std::string>;

void expect_same(const RecordTable& table, const std::map<Key, uint64_t>& want) {
  ASSERT_EQ(table.size(), want.size());
  for (const auto& [key, version] : want) {
    const LiveRecord* found = table.find(key.first, key.second);
    ASSERT_NE(found, nullptr) << key.second;
    EXPECT_EQ(found->version, version);
    EXPECT_EQ(table.name_of(*found), key.second);
  }
  std::map<Key, uint64_t> met;
  for (const LiveRecord& record : table) {
    met.emplace(Key(record.namespace_, table.name_of(record)), record.version);
  }
  EXPECT_EQ(met, want);
}

TEST(RecordTable, is_a_map_of_names) {
  std::mt19937 random(1);
  RecordTable table;
  std::map<Key, uint64_t> want;
  for (uint64_t round = 1; round < 6000; ++round) {
    // Names of all lengths that a length of one, two and three bytes can tell; the same ones in two
    // namespaces.
    const size_t number = random() % 150;
    const size_t size = number % 50 == 0 ? 20000 : number % 10 == 0 ? 127 + number : number % 7;
    const Key key(random() % 2, std::to_string(number) + std::string(size, 'x'));
    if (random() % 100 < (round / 1500 % 2 == 0 ? 70 : 30)) {
      LiveRecord& record = table.make(key.first, key.second);
      EXPECT_EQ(record.version, want.contains(key) ? want[key] : 0);
      record.version = want[key] = round;
    } else if (const LiveRecord* there = table.find(key.first, key.second)) {
      table.erase(*there);
      want.erase(key);
      EXPECT_EQ(table.find(key.first, key.second), nullptr);
    }
    if (round % 100 == 0) expect_same(table, want);
  }
}

TEST(RecordTable, takes_little_and_gives_back) {
  RecordTable table;
  const auto name = [](int i) { return "app-" + std::to_string(10000 + i); };
  for (int i = 0; i < 20000; ++i) (void)table.make(0, name(i));
  EXPECT_LT(table.bytes(), 20000u * 114);
  for (int i = 0; i < 19900; ++i) table.erase(*table.find(0, name(i)));
  EXPECT_LT(table.bytes(), 100u * 200);
  EXPECT_EQ(table.name_of(*table.find(0, name(19950))), name(19950));
}

}  // namespace
}  // namespace plumb
