// To which cluster an inventory belongs, and what becomes of it in another one.
#include <gtest/gtest.h>

#include "core/plan/inventory_algebra.h"

namespace plumb {
namespace {

const ClusterId kOwn;
const ClusterId kEast{"uid-east", "https://east"};
const ClusterId kWest{"uid-west", "https://west"};

Inventory of(const ClusterId& cluster) {
  return Inventory({{{"", "ConfigMap", "prod", "web"}, "v1", std::nullopt}}, cluster);
}

TEST(InventoryIn, IsTheSameInTheSameCluster) {
  for (const ClusterId& here : {kOwn, kEast}) {
    const Result<Inventory> kept = inventory_in(here, of(here), "");
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(*kept, of(here));
  }
  // A cluster that moved is the same.
  const ClusterId moved{kEast.uid, "https://moved"};
  EXPECT_EQ(*inventory_in(moved, of(kEast), ""), of(moved));
}

TEST(InventoryIn, NothingToLoseBelongsToAnyCluster) {
  for (const ClusterId& before : {kOwn, kEast}) {
    EXPECT_EQ(*inventory_in(kWest, Inventory({}, before), ""), Inventory({}, kWest));
    EXPECT_EQ(*inventory_in(kOwn, Inventory({}, before), ""), Inventory());
  }
}

TEST(InventoryIn, AnotherClusterIsHeldUntilThatOneIsConfirmed) {
  struct Move {
    ClusterId from, to;
    std::string word;
  };
  for (const Move& move :
       {Move{kOwn, kEast, "uid-east"}, Move{kEast, kWest, "uid-west"}, Move{kEast, kOwn, "own"}}) {
    for (const std::string& confirmed : {std::string(), std::string("true"), move.from.uid}) {
      const Result<Inventory> held = inventory_in(move.to, of(move.from), confirmed);
      ASSERT_FALSE(held.has_value()) << confirmed;
      EXPECT_EQ(held.error().code(), kTargetChanged);
      EXPECT_NE(held.error().help().find("plumb.dev/confirm-target=" + move.word),
                std::string::npos);
    }
    EXPECT_EQ(*inventory_in(move.to, of(move.from), move.word), Inventory({}, move.to));
  }
}

TEST(InventoryIn, ItsAlgebraKeepsTheCluster) {
  EXPECT_EQ(advance(of(kEast), {}).cluster(), kEast);
  EXPECT_EQ(write_ahead(of(kEast), {}).cluster(), kEast);
}

}  // namespace
}  // namespace plumb
