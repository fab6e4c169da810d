#include "edge/git/tree_cache.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

TreeCache::Entries directory(size_t size) {
  std::vector<TreeEntry> entries(size);
  for (size_t i = 0; i < size; ++i) entries[i].name = std::to_string(i);
  return std::make_shared<const std::vector<TreeEntry>>(std::move(entries));
}
ObjectId id(int number) {
  std::string text = std::to_string(number);
  return ObjectId(std::string(40 - text.size(), '0') + text);
}

TEST(TreeCache, FindsWhatWasPutIn) {
  TreeCache cache;
  EXPECT_EQ(cache.find(id(1)), nullptr);
  const TreeCache::Entries one = directory(3);
  cache.insert(id(1), one);
  EXPECT_EQ(cache.find(id(1)), one);
  EXPECT_EQ(cache.find(id(2)), nullptr);
  cache.insert(id(1), directory(3));
  EXPECT_EQ(cache.find(id(1)), one) << "the first stays: they are the same";
  EXPECT_EQ(cache.entries(), 4u);
}

TEST(TreeCache, IsBounded) {
  TreeCache cache(1000);
  for (int i = 0; i < 500; ++i) {
    cache.insert(id(i), directory(static_cast<size_t>(i % 7)));
    EXPECT_NE(cache.find(id(i)), nullptr) << "the newest is always there";
    EXPECT_LE(cache.entries(), 1001u);
  }
  cache.insert(id(1000), directory(5000));
  EXPECT_NE(cache.find(id(1000)), nullptr) << "one that is larger than all is kept, alone";
  EXPECT_EQ(cache.entries(), 5001u);
}

}  // namespace
}  // namespace plumb
