#include "base/dense_table.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>

namespace plumb {
namespace {

struct Entry {
  uint64_t key;
  std::unique_ptr<std::string> text;
};
// Few hashes: long runs of places, across the end of the index, too.
struct PoorHash {
  uint64_t different;
  size_t operator()(const Entry& entry) const { return entry.key % different; }
};
using Table = DenseTable<Entry, PoorHash>;

const Entry* find(const Table& table, uint64_t key, uint64_t different) {
  return table.find(key % different, [key](const Entry& entry) { return entry.key == key; });
}

void expect_same(const Table& table, const std::map<uint64_t, std::string>& want, uint64_t hashes) {
  ASSERT_EQ(table.size(), want.size());
  for (uint64_t key = 0; key < 400; ++key) {
    const Entry* found = find(table, key, hashes);
    const auto wanted = want.find(key);
    ASSERT_EQ(found != nullptr, wanted != want.end()) << key;
    if (found != nullptr) {
      ASSERT_EQ(*found->text, wanted->second);
    }
  }
  std::map<uint64_t, std::string> met;
  for (const Entry& entry : table) met.emplace(entry.key, *entry.text);
  ASSERT_EQ(met, want);
}

TEST(DenseTable, is_a_map) {
  for (const uint64_t hashes : {1u, 3u, 37u, 100000u}) {
    std::mt19937 random(static_cast<unsigned>(hashes));
    Table table(PoorHash{hashes});
    std::map<uint64_t, std::string> want;
    for (int round = 0; round < 4000; ++round) {
      const uint64_t key = random() % 400;
      // It grows, then shrinks, then grows again.
      const bool more = random() % 100 < (round / 1000 % 2 == 0 ? 80 : 20);
      const Entry* there = find(table, key, hashes);
      if (more && there == nullptr) {
        const std::string text = std::to_string(round);
        EXPECT_EQ(*table.add({key, std::make_unique<std::string>(text)}).text, text);
        want.emplace(key, text);
      } else if (!more && there != nullptr) {
        table.erase(*there);
        want.erase(key);
      }
      if (round % 50 == 0) expect_same(table, want, hashes);
    }
    expect_same(table, want, hashes);
  }
}

TEST(DenseTable, takes_little_and_gives_back) {
  struct Small {
    uint64_t key;
  };
  struct ByKey {
    size_t operator()(const Small& entry) const { return std::hash<uint64_t>()(entry.key); }
  };
  DenseTable<Small, ByKey> table;
  EXPECT_EQ(table.bytes(), 0u);
  for (uint64_t key = 0; key < 20000; ++key) {
    table.add({key});
    EXPECT_LE(table.bytes(), std::max<size_t>(18 * table.size(), 128));
  }
  while (table.size() > 100) table.erase(*table.begin());
  EXPECT_LT(table.bytes(), 4000u);
}

}  // namespace
}  // namespace plumb
