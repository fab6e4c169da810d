// Two apps, people and a restless cluster, at random: commits, drift, deletions, crashes between
// the steps, lists that are not complete, and groups that do not answer. Whatever happens, nothing
// is deleted that no source ever asked for, or that a source asks for; and when the world comes to
// rest, the cluster is what the sources say.
#include <gtest/gtest.h>

#include <random>

#include "world.h"

namespace plumb {
namespace {

using namespace testing_plan;

struct App {
  AppKey key;
  std::set<std::string>
      source;  // names of ConfigMaps, "Namespace" objects and Secrets: "kind/name"
  Inventory inventory;
  std::string content = "v1";
};

Manifest object_named(const std::string& name, const std::string& content) {
  const std::string kind = name.substr(0, name.find('/'));
  const std::string rest = name.substr(name.find('/') + 1);
  if (kind == "Deployment") return manifest("apps/v1", kind, "prod", rest, content);
  return manifest("v1", kind, "prod", rest, content);
}

const std::vector<std::string>& names() {
  static const std::vector<std::string> kNames{"ConfigMap/a", "ConfigMap/b",  "Secret/a",
                                               "Secret/b",    "Deployment/a", "Service/a"};
  return kNames;
}

class Simulation {
 public:
  explicit Simulation(unsigned seed) : random_(seed) {
    apps_[0].key = kUs;
    apps_[1].key = kThem;
    // Somebody's own object, which no app ever asks for.
    stranger_ = manifest("v1", "ConfigMap", "prod", "stranger");
    world_.have(stranger_);
    world_.observed.objects[stranger_.key].owner = {};
    world_.inventory = {};
  }

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) disturb();
    come_to_rest();
  }

 private:
  bool chance(int percent) { return pick(100) < percent; }
  int pick(int below) { return std::uniform_int_distribution<int>(0, below - 1)(random_); }
  const std::string& any_name() {
    return names()[static_cast<size_t>(pick(static_cast<int>(names().size())))];
  }

  void disturb() {
    App& app = apps_[static_cast<size_t>(pick(2))];
    switch (pick(9)) {
      case 0:
        app.source.insert(any_name());
        break;
      case 1:
        app.source.erase(any_name());
        break;
      case 2:
        app.content = "v" + std::to_string(pick(4));
        break;
      case 3:
        drift();
        break;
      case 4:
        world_.observed.objects.erase(object_named(any_name(), "").key);
        break;
      case 5:
        someone_creates(object_named(any_name(), "theirs"));
        break;
      case 6:
        forget_records(app);
        break;
      default:
        turn(app);
    }
    EXPECT_NE(world_.observed.find(stranger_.key), nullptr);
  }

  void drift() {
    const auto at = world_.observed.objects.find(object_named(any_name(), "").key);
    if (at == world_.observed.objects.end()) return;
    at->second.projected = print_of("drift " + std::to_string(pick(1000)));
  }

  void someone_creates(const Manifest& manifest) {
    if (world_.observed.find(manifest.key) != nullptr) return;
    LiveObject live;
    live.key = manifest.key;
    live.api_version = manifest.api_version;
    live.uid = "uid-" + std::to_string(world_.next_uid++);
    live.projected = print_of("theirs");
    world_.observed.objects[manifest.key] = live;
    made_by_someone_.insert(live.uid);
  }

  // The process ended and began again.
  void forget_records(App& app) {
    for (const InventoryEntry& entry : app.inventory.entries()) {
      const auto at = world_.observed.objects.find(entry.key);
      if (at != world_.observed.objects.end()) at->second.applied = entry.applied;
    }
  }

  void set_source(const App& app) {
    world_.manifests.objects.clear();
    for (const std::string& name : app.source) {
      world_.want(object_named(name, app.content + app.key.name));
    }
    world_.policy.app = app.key;
    world_.inventory = app.inventory;
  }

  std::map<ObjectKey, AppKey> claims_against(const App& app) const {
    std::map<ObjectKey, AppKey> claims;
    for (const App& other : apps_) {
      if (other.key == app.key) continue;
      for (const InventoryEntry& entry : other.inventory.entries()) {
        claims.emplace(entry.key, other.key);
      }
    }
    return claims;
  }

  void turn(App& app) {
    set_source(app);
    const std::map<ObjectKey, AppKey> claims = claims_against(app);
    world_.policy.claims = &claims;
    const std::set<GroupKind> all_synced = world_.observed.synced;
    if (chance(20)) world_.observed.synced.erase(object_named(any_name(), "").key.group_kind());
    const bool partial = chance(10);
    if (partial) fail_discovery("apps");
    const Plan plan = world_.plan();
    expect_harmless(app, plan);
    carry_out_or_crash(app, plan);
    if (partial) recover_discovery();
    world_.observed.synced = all_synced;
  }

  void fail_discovery(const std::string& group) {
    auto catalog = std::make_shared<ApiCatalog>(*world_.observed.catalog);
    whole_ = world_.observed.catalog;
    catalog->partial.insert(group);
    std::erase_if(catalog->resources, [&](const auto& one) { return one.first.group == group; });
    std::erase_if(catalog->preferred, [&](const auto& one) { return one.first.group == group; });
    world_.observed.catalog = catalog;
  }
  void recover_discovery() { world_.observed.catalog = whole_; }

  void expect_harmless(const App& app, const Plan& plan) {
    for (const Step* step : steps_of(plan)) {
      const auto* deletion = std::get_if<DeleteAction>(&step->action);
      if (deletion == nullptr) continue;
      SCOPED_TRACE(explain(*step));
      const LiveObject* live = world_.observed.find(step->key);
      ASSERT_NE(live, nullptr);
      EXPECT_EQ(deletion->uid, live->uid);
      EXPECT_NE(app.inventory.find(step->key), nullptr);
      EXPECT_FALSE(app.source.empty());
      EXPECT_TRUE(world_.observed.synced.contains(step->key.group_kind()));
      EXPECT_FALSE(world_.observed.catalog->partial.contains(step->key.group));
      EXPECT_FALSE(made_by_someone_.contains(live->uid)) << "nobody's app has applied this object";
      for (const std::string& name : app.source) {
        EXPECT_NE(object_named(name, "").key, step->key) << "the source asks for it";
      }
    }
  }

  // What was applied is somebody's no longer: it was adopted.
  void note_applied(const Plan& plan) {
    for (const Step* step : steps_of(plan)) {
      if (!std::holds_alternative<ApplyAction>(step->action)) continue;
      const LiveObject* live = world_.observed.find(step->key);
      if (live != nullptr) made_by_someone_.erase(live->uid);
    }
  }

  void carry_out_or_crash(App& app, const Plan& plan) {
    const int fate = pick(10);
    if (fate == 0) return;  // before anything was recorded
    if (fate == 1) {        // between the record and the first request
      app.inventory = write_ahead(app.inventory, plan);
      return;
    }
    const Inventory ahead = write_ahead(app.inventory, plan);
    note_applied(plan);
    world_.carry_out(plan);
    app.inventory = fate == 2 ? ahead : world_.inventory;  // 2: before the answer was recorded
    if (fate == 2) forget_records(app);
  }

  void come_to_rest() {
    apps_[0].source.insert("ConfigMap/a");
    apps_[1].source.insert("ConfigMap/b");
    for (const std::string& name : names()) {  // no two apps want the same at the end
      if (apps_[0].source.contains(name) && name != "ConfigMap/b") apps_[1].source.erase(name);
    }
    apps_[0].source.erase("ConfigMap/b");
    for (int round = 0; round < 4; ++round) {
      for (App& app : apps_) {
        set_source(app);
        const std::map<ObjectKey, AppKey> claims = claims_against(app);
        world_.policy.claims = &claims;
        const Plan plan = world_.plan();
        expect_harmless(app, plan);
        world_.carry_out(plan);
        app.inventory = world_.inventory;
      }
    }
    for (const App& app : apps_) {
      EXPECT_EQ(app.inventory.size(), app.source.size());
      for (const std::string& name : app.source) {
        const Manifest wanted = object_named(name, app.content + app.key.name);
        const LiveObject* live = world_.observed.find(wanted.key);
        ASSERT_NE(live, nullptr) << name;
        EXPECT_TRUE(live->in_sync(wanted.desired)) << name;
        EXPECT_EQ(live->owner, app.key) << name;
      }
    }
  }

  std::mt19937 random_;
  World world_;
  std::array<App, 2> apps_;
  Manifest stranger_;
  std::set<std::string> made_by_someone_;
  std::shared_ptr<const ApiCatalog> whole_;
};

TEST(PlanSimulation, NothingIsLostAndAllComesToRest) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Simulation(seed).run(60);
    if (testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace plumb
