#include "control/claims.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

const AppKey kShop{{"team", "shop"}};
const AppKey kBlog{{"team", "blog"}};
const ObjectKey kWeb{"apps", "Deployment", "prod", "web"};
const ObjectKey kDb{"apps", "Deployment", "prod", "db"};

Inventory holding(const std::vector<ObjectKey>& keys) {
  std::vector<InventoryEntry> entries;
  for (const ObjectKey& key : keys) entries.push_back({key, "v1", std::nullopt});
  return Inventory(std::move(entries));
}

TEST(Claims, TheFirstAppHasIt) {
  Claims claims;
  EXPECT_TRUE(claims.claim(kShop, {kWeb}).empty());
  EXPECT_EQ(claims.claim(kBlog, {kWeb, kDb}), (std::map<ObjectKey, AppKey>{{kWeb, kShop}}));
  EXPECT_EQ(claims.owner_of(kWeb), kShop);
  EXPECT_EQ(claims.owner_of(kDb), kBlog);
}

TEST(Claims, AnInventoryIsAClaim) {
  Claims claims;
  claims.seed(kShop, holding({kWeb}));
  claims.seed(kBlog, holding({kWeb}));
  EXPECT_EQ(claims.owner_of(kWeb), kShop);
}

TEST(Claims, ARefusedClaimIsRememberedUntilTheAppWantsSomethingElse) {
  Claims claims;
  claims.seed(kShop, holding({kWeb}));
  EXPECT_EQ(claims.claim(kBlog, {kWeb}).size(), 1u);
  EXPECT_EQ(claims.wanted_of(kShop), (std::map<ObjectKey, AppKey>{{kWeb, kBlog}}));
  EXPECT_TRUE(claims.wanted_of(kBlog).empty());
  EXPECT_TRUE(claims.claim(kBlog, {kDb}).empty());
  EXPECT_TRUE(claims.wanted_of(kShop).empty());
}

TEST(Claims, WhatBecomesFreeNamesTheAppsThatWantIt) {
  Claims claims;
  claims.seed(kShop, holding({kWeb, kDb}));
  EXPECT_EQ(claims.claim(kBlog, {kWeb}).size(), 1u);
  EXPECT_TRUE(claims.keep(kShop, holding({kWeb})).empty());
  EXPECT_EQ(claims.keep(kShop, holding({})), std::set<AppKey>{kBlog});
  EXPECT_TRUE(claims.claim(kBlog, {kWeb}).empty());
  EXPECT_EQ(claims.owner_of(kWeb), kBlog);
}

TEST(Claims, AnAppThatGoesLeavesNothingBehind) {
  Claims claims;
  claims.seed(kShop, holding({kWeb}));
  EXPECT_EQ(claims.claim(kBlog, {kWeb, kDb}).size(), 1u);
  EXPECT_TRUE(claims.release(kBlog).empty());
  EXPECT_TRUE(claims.wanted_of(kShop).empty());
  EXPECT_EQ(claims.owner_of(kDb), std::nullopt);
  EXPECT_TRUE(claims.release(kShop).empty());
}

}  // namespace
}  // namespace plumb
