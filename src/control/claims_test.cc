#include "control/claims.h"

#include <gtest/gtest.h>

#include <random>

namespace plumb {
namespace {

const AppKey kShop{{"team", "shop"}};
const AppKey kBlog{{"team", "blog"}};
const ObjectKey kWeb{"apps", "Deployment", "prod", "web"};
const ObjectKey kDb{"apps", "Deployment", "prod", "db"};
const ClusterId kHere;
const ClusterId kThere{"0a1b2c3d", "https://there"};

Inventory holding(const std::vector<ObjectKey>& keys, const ClusterId& cluster = kHere) {
  std::vector<InventoryEntry> entries;
  for (const ObjectKey& key : keys) entries.push_back({key, "v1", std::nullopt});
  return Inventory(std::move(entries), cluster);
}

TEST(Claims, TheFirstAppHasIt) {
  Claims claims;
  EXPECT_TRUE(claims.claim(kShop, kHere, {kWeb}).empty());
  EXPECT_EQ(claims.claim(kBlog, kHere, {kWeb, kDb}), (std::map<ObjectKey, AppKey>{{kWeb, kShop}}));
  EXPECT_EQ(claims.owner_of(kHere, kWeb), kShop);
  EXPECT_EQ(claims.owner_of(kHere, kDb), kBlog);
}

TEST(Claims, AnInventoryIsAClaim) {
  Claims claims;
  claims.seed(kShop, holding({kWeb}));
  claims.seed(kBlog, holding({kWeb}));
  EXPECT_EQ(claims.owner_of(kHere, kWeb), kShop);
}

TEST(Claims, ARefusedClaimIsRememberedUntilTheAppWantsSomethingElse) {
  Claims claims;
  claims.seed(kShop, holding({kWeb}));
  EXPECT_EQ(claims.claim(kBlog, kHere, {kWeb}).size(), 1u);
  EXPECT_EQ(claims.wanted_of(kShop), (std::map<ObjectKey, AppKey>{{kWeb, kBlog}}));
  EXPECT_TRUE(claims.wanted_of(kBlog).empty());
  EXPECT_TRUE(claims.claim(kBlog, kHere, {kDb}).empty());
  EXPECT_TRUE(claims.wanted_of(kShop).empty());
}

TEST(Claims, WhatBecomesFreeNamesTheAppsThatWantIt) {
  Claims claims;
  claims.seed(kShop, holding({kWeb, kDb}));
  EXPECT_EQ(claims.claim(kBlog, kHere, {kWeb}).size(), 1u);
  EXPECT_TRUE(claims.keep(kShop, holding({kWeb})).empty());
  EXPECT_EQ(claims.keep(kShop, holding({})), std::set<AppKey>{kBlog});
  EXPECT_TRUE(claims.claim(kBlog, kHere, {kWeb}).empty());
  EXPECT_EQ(claims.owner_of(kHere, kWeb), kBlog);
}

TEST(Claims, AnAppThatGoesLeavesNothingBehind) {
  Claims claims;
  claims.seed(kShop, holding({kWeb}));
  EXPECT_EQ(claims.claim(kBlog, kHere, {kWeb, kDb}).size(), 1u);
  EXPECT_TRUE(claims.release(kBlog).empty());
  EXPECT_TRUE(claims.wanted_of(kShop).empty());
  EXPECT_EQ(claims.owner_of(kHere, kDb), std::nullopt);
  EXPECT_TRUE(claims.release(kShop).empty());
}

TEST(Claims, TheSameKeyInTwoClustersIsTwoObjects) {
  Claims claims;
  claims.seed(kShop, holding({kWeb}));
  claims.seed(kBlog, holding({kWeb}, kThere));
  EXPECT_EQ(claims.owner_of(kHere, kWeb), kShop);
  EXPECT_EQ(claims.owner_of(kThere, kWeb), kBlog);
  EXPECT_TRUE(claims.claim(kShop, kHere, {kWeb, kDb}).empty());
  EXPECT_TRUE(claims.claim(kBlog, kThere, {kWeb, kDb}).empty());
  EXPECT_TRUE(claims.wanted_of(kShop).empty());
}

TEST(Claims, AClusterIsTheSameByWhateverNameItIsReached) {
  Claims claims;
  claims.seed(kShop, holding({kWeb}, kThere));
  const ClusterId by_another_name{kThere.uid, "https://moved"};
  EXPECT_EQ(claims.claim(kBlog, by_another_name, {kWeb}),
            (std::map<ObjectKey, AppKey>{{kWeb, kShop}}));
}

// From one cluster to another: what is kept is in the new one.
TEST(Claims, AnInventoryOfAnotherClusterFreesWhatWasInTheFirst) {
  Claims claims;
  claims.seed(kShop, holding({kWeb}, kThere));
  EXPECT_EQ(claims.claim(kBlog, kThere, {kWeb}).size(), 1u);
  EXPECT_TRUE(claims.claim(kShop, kHere, {kWeb}).empty());
  EXPECT_EQ(claims.keep(kShop, holding({kWeb}, kHere)), std::set<AppKey>{kBlog});
  EXPECT_EQ(claims.owner_of(kThere, kWeb), std::nullopt);
  EXPECT_EQ(claims.owner_of(kHere, kWeb), kShop);
}

// However apps claim, keep and go: an object is of the first that claimed it since it was free, and
// who was refused is told when it is free again.
TEST(Claims, RandomTurnsOfManyApps) {
  std::mt19937 random(1);
  Claims claims;
  std::map<ObjectKey, AppKey> owners;
  std::map<AppKey, std::set<ObjectKey>> wishes;
  for (int round = 0; round < 3000; ++round) {
    const AppKey app{{"team", std::string(1, static_cast<char>('a' + random() % 5))}};
    std::vector<ObjectKey> keys;
    for (size_t i = random() % 8; i > 0; --i) {
      keys.push_back({"", "ConfigMap", "prod", std::to_string(random() % 40)});
    }
    const bool goes = random() % 10 == 0;
    if (goes || random() % 2 == 0) {
      std::set<AppKey> told;
      if (goes) wishes.erase(app);
      std::erase_if(owners, [&](const auto& one) {
        const bool kept = !goes && std::find(keys.begin(), keys.end(), one.first) != keys.end();
        if (one.second != app || kept) return false;
        for (const auto& [who, wanted] : wishes) {
          if (wanted.contains(one.first)) told.insert(who);
        }
        return true;
      });
      ASSERT_EQ(goes ? claims.release(app) : claims.keep(app, holding(keys)), told);
    } else {
      std::map<ObjectKey, AppKey> taken;
      wishes.erase(app);
      for (const ObjectKey& key : keys) {
        const AppKey owner = owners.try_emplace(key, app).first->second;
        if (owner == app) continue;
        taken.emplace(key, owner);
        wishes[app].insert(key);
      }
      ASSERT_EQ(claims.claim(app, kHere, keys), taken);
    }
    for (int i = 0; i < 40; ++i) {
      const ObjectKey key{"", "ConfigMap", "prod", std::to_string(i)};
      const auto owner = owners.find(key);
      ASSERT_EQ(claims.owner_of(kHere, key),
                owner == owners.end() ? std::nullopt : std::optional(owner->second));
    }
  }
}

TEST(Claims, TakeLittle) {
  Claims claims;
  for (int app = 0; app < 200; ++app) {
    std::vector<ObjectKey> keys;
    for (int i = 0; i < 100; ++i) {
      keys.push_back({"", "ConfigMap", "prod", std::to_string(app) + "-" + std::to_string(i)});
    }
    claims.seed({{"team", std::to_string(app)}}, holding(keys));
  }
  EXPECT_LT(claims.bytes(), 20000u * 27);
}

// Two shards that see the same writes of two Apps in the same order, each with one of the Apps its
// own: claims in memory differ, what comes of them does not.
struct TwoShards {
  Claims shop_side, blog_side;

  void shop_stores(const std::vector<ObjectKey>& keys) {
    shop_side.confirm(kShop, holding(keys));
    blog_side.follow(kShop, holding(keys));
  }
  void blog_stores(const std::vector<ObjectKey>& keys) {
    blog_side.confirm(kBlog, holding(keys));
    shop_side.follow(kBlog, holding(keys));
  }
};

TEST(ClaimsOfShards, OfTwoThatClaimAtTheSameTimeTheFirstStoredHasIt) {
  TwoShards both;
  EXPECT_TRUE(both.shop_side.claim(kShop, kHere, {kWeb}).empty());
  EXPECT_TRUE(both.blog_side.claim(kBlog, kHere, {kWeb, kDb}).empty());
  both.blog_stores({kWeb, kDb});
  both.shop_stores({kWeb});
  const std::map<ObjectKey, AppKey> gone{{kWeb, kBlog}};
  EXPECT_EQ(both.shop_side.hold(kShop, holding({kWeb})), gone);
  EXPECT_TRUE(both.blog_side.hold(kBlog, holding({kWeb, kDb})).empty());
  // The loser takes it back, asks again, and is refused.
  EXPECT_TRUE(both.shop_side.keep(kShop, holding({})).empty());
  both.shop_stores({});
  EXPECT_EQ(both.shop_side.claim(kShop, kHere, {kWeb}), gone);
  EXPECT_TRUE(both.shop_side.contested(kShop, holding({kWeb})).empty());
  EXPECT_EQ(both.blog_side.owner_of(kHere, kWeb), kBlog);
}

TEST(ClaimsOfShards, WhatIsStoredIsNotLost) {
  TwoShards both;
  EXPECT_TRUE(both.shop_side.claim(kShop, kHere, {kWeb}).empty());
  both.shop_stores({kWeb});
  EXPECT_EQ(both.blog_side.claim(kBlog, kHere, {kWeb}),
            (std::map<ObjectKey, AppKey>{{kWeb, kShop}}));
  both.blog_stores({kWeb});
  EXPECT_TRUE(both.shop_side.hold(kShop, holding({kWeb})).empty());
  EXPECT_EQ(both.blog_side.hold(kBlog, holding({kWeb})).size(), 1u);
}

TEST(ClaimsOfShards, WhatTheFirstLetsGoIsTheNextOnes) {
  TwoShards both;
  EXPECT_TRUE(both.shop_side.claim(kShop, kHere, {kWeb}).empty());
  both.shop_stores({kWeb});
  EXPECT_EQ(both.blog_side.claim(kBlog, kHere, {kWeb}).size(), 1u);
  both.shop_side.wish(kBlog, kHere, {kWeb});
  EXPECT_EQ(both.shop_side.wanted_of(kShop), (std::map<ObjectKey, AppKey>{{kWeb, kBlog}}));
  EXPECT_EQ(both.blog_side.follow(kShop, holding({})), std::set<AppKey>{kBlog});
  EXPECT_TRUE(both.blog_side.claim(kBlog, kHere, {kWeb}).empty());
}

TEST(ClaimsOfShards, AStoredClaimThatCameSecondCountsWhenTheFirstGoes) {
  TwoShards both;
  EXPECT_TRUE(both.shop_side.claim(kShop, kHere, {kWeb}).empty());
  both.shop_stores({kWeb});
  both.blog_stores({kWeb});
  EXPECT_EQ(both.shop_side.contested(kShop, holding({kWeb, kDb})),
            (std::map<ObjectKey, AppKey>{{kWeb, kBlog}}));
  both.blog_side.release(kShop);
  EXPECT_EQ(both.blog_side.owner_of(kHere, kWeb), kBlog);
  EXPECT_TRUE(both.blog_side.contested(kBlog, holding({kWeb})).empty());
}

TEST(ClaimsOfShards, NothingIsContestedAtRest) {
  Claims claims;
  claims.follow(kShop, holding({kWeb}));
  claims.follow(kBlog, holding({kDb}));
  EXPECT_TRUE(claims.contested(kShop, holding({kWeb})).empty());
  EXPECT_EQ(claims.owner_of(kHere, kDb), kBlog);
  claims.award(kShop, kHere, kDb);
  EXPECT_EQ(claims.owner_of(kHere, kDb), kShop);
}

}  // namespace
}  // namespace plumb
