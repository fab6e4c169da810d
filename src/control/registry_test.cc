#include "control/registry.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

const ClusterId kHere;
const AppKey kShop{{"team", "shop"}};
const AppKey kBlog{{"team", "blog"}};
const ObjectKey kWeb{"apps", "Deployment", "prod", "web"};
const ObjectKey kDb{"apps", "Deployment", "prod", "db"};

AppSpec spec_of(const AppKey& key, const std::string& repository = "config") {
  AppSpec spec;
  spec.key = key;
  spec.generation = 1;
  spec.repository = {{"team", repository}};
  return spec;
}

Inventory holding(const std::vector<ObjectKey>& keys, bool with_records = false) {
  std::vector<InventoryEntry> entries;
  for (const ObjectKey& key : keys) {
    entries.push_back({key, "v1", with_records ? std::optional(ApplyRecord{}) : std::nullopt});
  }
  return Inventory(std::move(entries));
}

AppStatus having(Inventory inventory, const std::string& ready = "True") {
  AppStatus status;
  status.observed_generation = 1;
  status.conditions = {{"Ready", ready, "Applied", "", {}, 1}};
  status.inventory = std::move(inventory);
  return status;
}

// A shard that watches: every event has the next version.
struct Shard {
  Registry registry;
  int version = 0;

  Registry::Seen see(const AppKey& app, AppStatus status, const std::string& shard = "") {
    return registry.see_app(spec_of(app), "uid of " + app.name, std::move(status),
                            std::to_string(++version), shard);
  }
  bool take(const AppKey& app) {
    return registry.take(app, registry.neighbour(app)->resource_version);
  }
};

TEST(Neighbours, AnAppIsTakenAsItWasSeen) {
  Shard shard;
  EXPECT_FALSE(shard.see(kShop, having(holding({kWeb}))).ours);
  EXPECT_EQ(shard.registry.app(kShop), nullptr);
  EXPECT_FALSE(shard.registry.take(kShop, "0"));
  EXPECT_TRUE(shard.take(kShop));
  ASSERT_NE(shard.registry.app(kShop), nullptr);
  EXPECT_EQ(shard.registry.app(kShop)->inventory.unpack(), holding({kWeb}));
  EXPECT_EQ(shard.registry.owner_of(kHere, kWeb), kShop);
  EXPECT_EQ(shard.registry.apps_of({{"team", "config"}}), std::vector<AppKey>{kShop});
  EXPECT_TRUE(shard.see(kShop, having(holding({kWeb}))).ours);
}

TEST(Neighbours, AllThatOneWantsIsKnown) {
  Shard shard;
  std::vector<ObjectKey> many;
  for (int i = 0; i < 50; ++i) many.push_back({"", "ConfigMap", "prod", std::to_string(i)});
  shard.see(kShop, having(holding(many)));
  EXPECT_TRUE(shard.take(kShop));
  AppStatus wants = having(holding({}), "False");
  wants.wanted = many;
  shard.see(kBlog, wants);
  EXPECT_EQ(shard.registry.wanted_of(kShop).size(), 50U);
  wants.wanted = {};  // of an older operator
  wants.problems = {{many[0], "OwnedByAnotherApp", "", "", {}}};
  shard.see(kBlog, wants);
  EXPECT_EQ(shard.registry.wanted_of(kShop).size(), 1U);
}

TEST(Neighbours, WhatIsLetGoOfHasNoVersionUntilTheWatchTellsOne) {
  Shard shard;
  static_cast<void>(shard.see(kShop, having(holding({kWeb})), "0/2"));
  EXPECT_TRUE(shard.take(kShop));
  shard.registry.let_go(kShop, "0/2");
  EXPECT_EQ(shard.registry.app(kShop), nullptr);
  EXPECT_EQ(shard.registry.neighbour(kShop)->resource_version, "");
  EXPECT_EQ(shard.registry.owner_of(kHere, kWeb), kShop);
  EXPECT_TRUE(shard.registry.apps_of({{"team", "config"}}).empty());
  EXPECT_FALSE(shard.see(kShop, having(holding({kWeb})), "1/2").ours);
  EXPECT_EQ(shard.registry.neighbour(kShop)->shard, "1/2");
}

TEST(Neighbours, AnAppMadeAnewIsAnother) {
  Shard shard;
  static_cast<void>(shard.see(kShop, having(holding({kWeb}))));
  EXPECT_TRUE(shard.take(kShop));
  const Registry::Seen seen =
      shard.registry.see_app(spec_of(kShop), "another uid", having({}), "9", "");
  EXPECT_FALSE(seen.ours);
  EXPECT_EQ(shard.registry.app(kShop), nullptr);
  EXPECT_EQ(shard.registry.owner_of(kHere, kWeb), std::nullopt);
}

TEST(Neighbours, ReadinessWakesWhoDependsOnIt) {
  Shard shard;
  AppSpec late = spec_of(kBlog);
  late.depends_on = {kShop};
  static_cast<void>(shard.registry.see_app(late, "uid", having({}), "1", ""));
  EXPECT_TRUE(shard.take(kBlog));
  EXPECT_EQ(shard.see(kShop, having({}, "False")).woken, std::set<AppKey>{kBlog});
  EXPECT_EQ(shard.registry.ready_at_newest(kShop), false);
  EXPECT_TRUE(shard.see(kShop, having({}, "False")).woken.empty());
  EXPECT_EQ(shard.see(kShop, having({})).woken, std::set<AppKey>{kBlog});
  EXPECT_EQ(shard.registry.ready_at_newest(kShop), true);
  AppStatus older = having({});
  older.observed_generation = 0;
  EXPECT_EQ(shard.see(kShop, older).woken, std::set<AppKey>{kBlog});
  EXPECT_EQ(shard.registry.ready_at_newest(kShop), false);
}

TEST(Neighbours, WithinAListTheOrderOfEventsIsNoOrder) {
  Shard shard;
  static_cast<void>(shard.see(kShop, having({})));
  EXPECT_TRUE(shard.take(kShop));
  EXPECT_TRUE(shard.registry.claim(kShop, kHere, {kWeb}).empty());
  shard.registry.begin_list();
  static_cast<void>(shard.see(kShop, having(holding({kWeb}))));
  EXPECT_FALSE(shard.registry.await_version(2, Deadline::in(Duration::zero())));
  static_cast<void>(shard.see(kBlog, having(holding({kWeb}))));
  shard.registry.end_list("9");
  EXPECT_TRUE(shard.registry.await_version(9, Deadline::in(Duration::zero())));
  EXPECT_EQ(shard.registry.hold(kShop, holding({kWeb})),
            (std::map<ObjectKey, AppKey>{{kWeb, kBlog}}));
}

TEST(Neighbours, WhatWasConfirmedBeforeAListStays) {
  Shard shard;
  static_cast<void>(shard.see(kShop, having({})));
  EXPECT_TRUE(shard.take(kShop));
  EXPECT_TRUE(shard.registry.claim(kShop, kHere, {kWeb}).empty());
  static_cast<void>(shard.see(kShop, having(holding({kWeb}))));
  shard.registry.begin_list();
  static_cast<void>(shard.see(kBlog, having(holding({kWeb}))));
  static_cast<void>(shard.see(kShop, having(holding({kWeb}))));
  shard.registry.end_list("9");
  EXPECT_TRUE(shard.registry.hold(kShop, holding({kWeb})).empty());
}

// Both had claimed it when their shards crashed, and nothing was applied by any that is known.
TEST(Neighbours, WithoutARecordNobodyKeepsWhatTwoClaimed) {
  Shard shard;
  shard.registry.begin_list();
  static_cast<void>(shard.see(kBlog, having(holding({kDb, kWeb}))));
  static_cast<void>(shard.see(kShop, having(holding({kWeb}))));
  shard.registry.end_list("9");
  EXPECT_TRUE(shard.take(kBlog));
  EXPECT_EQ(shard.registry.app(kBlog)->inventory.unpack(), holding({kDb}));
  EXPECT_EQ(shard.registry.owner_of(kHere, kWeb), kShop);
}

TEST(Neighbours, WhoHasARecordKeepsIt) {
  Shard shard;
  shard.registry.begin_list();
  static_cast<void>(shard.see(kBlog, having(holding({kWeb}))));
  static_cast<void>(shard.see(kShop, having(holding({kWeb}, true))));
  shard.registry.end_list("9");
  EXPECT_TRUE(shard.take(kShop));
  EXPECT_EQ(shard.registry.app(kShop)->inventory.unpack(), holding({kWeb}, true));
  EXPECT_EQ(shard.registry.owner_of(kHere, kWeb), kShop);
}

TEST(Neighbours, AWaitEndsWhenTheOperatorDoes) {
  Registry registry;
  registry.end_waits();
  EXPECT_FALSE(registry.await_version(7, Deadline::in(std::chrono::hours(1))));
}

}  // namespace
}  // namespace plumb
