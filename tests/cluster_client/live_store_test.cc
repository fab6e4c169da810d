// Drift, echoes and restarts, as the live store sees them on a real server.
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>

#include "base/mutex.h"
#include "control_plane.h"
#include "edge/cluster/live_store.h"

namespace plumb::test {
namespace {

using Kind = LiveChange::Kind;
using testing::Contains;
using testing::ElementsAre;

const AppKey kApp{{"apps", "demo"}};
const GroupVersionKind kConfigMapKind{"", "v1", "ConfigMap"};
const GroupVersionKind kDeploymentKind{"apps", "v1", "Deployment"};

// A Deployment is current when its status says that it is available.
Health assess(const Value& object) {
  if (object.string_at({"kind"}) != "Deployment") return {HealthStatus::current, ""};
  const bool available = object.integer_at({"status", "availableReplicas"}).value_or(0) > 0;
  return available ? Health{HealthStatus::current, ""}
                   : Health{HealthStatus::in_progress, "status.availableReplicas is 0"};
}

class Store : public testing::Test {
 protected:
  void SetUp() override {
    client_ = connect();
    ASSERT_TRUE(client_);
    // Nothing of earlier tests.
    const ListOptions ours{.label_selector = kAppLabel};
    for (const ApiResource* resource : {&kConfigMaps, &kDeployments}) {
      const auto old = client_->list(*resource, ours);
      ASSERT_TRUE(old);
      for (const Value& object : *old) ASSERT_TRUE(client_->remove(*resource, key_of(object)));
    }
    store_ = make_store();
    manage_and_sync(*store_);
  }
  void TearDown() override {
    store_.reset();
    client_.reset();
  }

  std::unique_ptr<LiveStore> make_store(bool streaming = true) {
    return std::make_unique<LiveStore>(
        *client_, LiveStoreOptions{.assess_health = assess,
                                   .on_change =
                                       [this](const LiveChange& change) {
                                         changes_.with([&](auto& all) { all.push_back(change); });
                                       },
                                   .streaming_list = streaming});
  }
  static void manage_and_sync(LiveStore& store) {
    store.manage(kConfigMapKind);
    store.manage(kDeploymentKind);
    ASSERT_TRUE(eventually([&] {
      return store.synced(kConfigMapKind.group_kind()) &&
             store.synced(kDeploymentKind.group_kind());
    }));
  }

  LiveApplied apply(const ApiResource& resource, const ObjectKey& key, const Value& body,
                    const std::string& desired = "d") {
    auto answer = store_->apply(kApp, resource, key, body, fingerprint(desired));
    EXPECT_TRUE(answer) << answer.error().render();
    return answer ? *std::move(answer) : LiveApplied{};
  }
  // Somebody else's server-side apply.
  void edit(const ApiResource& resource, const ObjectKey& key, std::string_view patch) {
    const auto answer = client_->merge_patch(resource, key, from_json(patch));
    ASSERT_TRUE(answer) << answer.error().render();
  }
  // A ConfigMap written now, whose event comes after all events so far.
  void flush() {
    const ObjectKey key = config_map("flush");
    const Value body = config_map_body(key, std::to_string(++flushes_), "flush");
    ASSERT_TRUE(client_->apply(kConfigMaps, key, body, {.field_manager = "test"}));
    const auto expected = client_->get(kConfigMaps, key);
    ASSERT_TRUE(expected);
    const std::string version = expected->string_at({"metadata", "resourceVersion"});
    ASSERT_TRUE(eventually([&] {
      const Observed observed = store_->observe({key});
      const LiveObject* live = observed.find(key);
      return live != nullptr && live->resource_version == version;
    }));
  }
  [[nodiscard]] std::vector<Kind> changes_of(const ObjectKey& key) const {
    return changes_.with([&](const auto& all) {
      std::vector<Kind> kinds;
      for (const LiveChange& change : all) {
        if (change.key == key) kinds.push_back(change.kind);
      }
      return kinds;
    });
  }
  void clear_changes() {
    changes_.with([](auto& all) { all.clear(); });
  }
  bool comes(const ObjectKey& key, Kind kind) {
    return eventually([&] {
      const std::vector<Kind> kinds = changes_of(key);
      return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
    });
  }
  [[nodiscard]] LiveObject look(const ObjectKey& key) const {
    const Observed observed = store_->observe({key});
    const LiveObject* live = observed.find(key);
    return live != nullptr ? *live : LiveObject{};
  }

  std::unique_ptr<ClusterClient> client_;
  Guarded<std::vector<LiveChange>> changes_;
  std::unique_ptr<LiveStore> store_;
  int flushes_ = 0;
};

TEST_F(Store, own_apply_is_no_change) {
  const ObjectKey key = config_map("echo");
  const LiveApplied first = apply(kConfigMaps, key, config_map_body(key, "1"));
  EXPECT_TRUE(first.changed);
  const LiveApplied second = apply(kConfigMaps, key, config_map_body(key, "2"));
  EXPECT_TRUE(second.changed);
  EXPECT_FALSE(second.recreated);
  const LiveApplied third = apply(kConfigMaps, key, config_map_body(key, "2"));
  EXPECT_FALSE(third.changed);
  flush();
  EXPECT_THAT(changes_of(key), ElementsAre());
  EXPECT_TRUE(look(key).in_sync(fingerprint("d")));
  EXPECT_EQ(look(key).owner, kApp);
  EXPECT_EQ(store_->counts().at(kApp), 1u);
  EXPECT_THAT(store_->objects_of(kApp), ElementsAre(key));
}

TEST_F(Store, foreign_changes_are_no_drift) {
  const ObjectKey key{"apps", "Deployment", "default", "foreign"};
  apply(kDeployments, key, deployment_body(key, 2));
  edit(kDeployments, key, R"({"metadata":{"labels":{"team":"a"},"annotations":{"x":"y"}}})");
  edit(kDeployments, key, R"({"spec":{"revisionHistoryLimit":3}})");
  edit(kDeployments, key, R"({"spec":{"replicas":2}})");
  ASSERT_TRUE(client_->patch_status(
      kDeployments, key,
      from_json(R"({"status":{"replicas":2,"readyReplicas":2,"availableReplicas":2}})")));
  EXPECT_TRUE(comes(key, Kind::settled));
  EXPECT_THAT(changes_of(key), ElementsAre(Kind::settled));
  EXPECT_TRUE(look(key).in_sync(fingerprint("d")));
  EXPECT_EQ(look(key).health.status, HealthStatus::current);
}

TEST_F(Store, drift_is_seen_blamed_and_healed) {
  const ObjectKey key{"apps", "Deployment", "default", "drifting"};
  apply(kDeployments, key, deployment_body(key, 2));
  edit(kDeployments, key, R"({"spec":{"replicas":5}})");
  ASSERT_TRUE(comes(key, Kind::drifted));
  EXPECT_TRUE(look(key).drifted());
  const Observed observed = store_->observe({key});
  ASSERT_TRUE(observed.blame.contains(key));
  EXPECT_THAT(observed.blame.at(key).managers, ElementsAre("plumb-control"));
  EXPECT_THAT(observed.blame.at(key).paths, ElementsAre("spec.replicas"));

  clear_changes();
  apply(kDeployments, key, deployment_body(key, 2));
  flush();
  EXPECT_TRUE(look(key).in_sync(fingerprint("d")));
  EXPECT_THAT(changes_of(key), ElementsAre());

  edit(kDeployments, key, R"({"metadata":{"labels":{"plumb.dev/app-namespace":null}}})");
  EXPECT_TRUE(comes(key, Kind::drifted)) << "a field that was only removed";
}

TEST_F(Store, same_manager_name_is_seen) {
  const ObjectKey key = config_map("imitated");
  apply(kConfigMaps, key, config_map_body(key, "1"));
  ASSERT_TRUE(client_->apply(kConfigMaps, key, config_map_body(key, "other")));
  ASSERT_TRUE(comes(key, Kind::drifted));
  EXPECT_THAT(store_->observe({key}).blame.at(key).managers, ElementsAre(kFieldManager));
}

TEST_F(Store, deletion_and_recreation) {
  const ObjectKey key = config_map("deleted");
  apply(kConfigMaps, key, config_map_body(key, "1"));
  ASSERT_TRUE(client_->remove(kConfigMaps, key));
  ASSERT_TRUE(comes(key, Kind::deleted));
  EXPECT_EQ(store_->observe({key}).find(key), nullptr);
  const LiveApplied anew = apply(kConfigMaps, key, config_map_body(key, "1"));
  EXPECT_TRUE(anew.changed);
  EXPECT_TRUE(look(key).in_sync(fingerprint("d")));

  clear_changes();
  edit(kConfigMaps, key, R"({"metadata":{"labels":{"plumb.dev/app":null}}})");
  ASSERT_TRUE(comes(key, Kind::deleted)) << "the label was taken off";
  apply(kConfigMaps, key, config_map_body(key, "1"));
  EXPECT_TRUE(look(key).in_sync(fingerprint("d")));

  clear_changes();
  store_->forget(key);
  ASSERT_TRUE(client_->remove(kConfigMaps, key));
  flush();
  EXPECT_THAT(changes_of(key), ElementsAre(Kind::gone)) << "deleted on purpose";
}

TEST_F(Store, recreated_by_somebody_else) {
  const ObjectKey key = config_map("successor");
  apply(kConfigMaps, key, config_map_body(key, "1"));
  ASSERT_TRUE(client_->remove(kConfigMaps, key));
  ASSERT_TRUE(
      client_->apply(kConfigMaps, key, config_map_body(key, "1"), {.field_manager = "somebody"}));
  EXPECT_TRUE(comes(key, Kind::appeared));
  const LiveApplied healed = apply(kConfigMaps, key, config_map_body(key, "1"));
  EXPECT_TRUE(look(key).in_sync(fingerprint("d")));
}

TEST_F(Store, held_by_a_finalizer) {
  const ObjectKey key = config_map("held");
  apply(kConfigMaps, key, config_map_body(key, "1"));
  edit(kConfigMaps, key, R"({"metadata":{"finalizers":["plumb.dev/test"]}})");
  ASSERT_TRUE(client_->remove(kConfigMaps, key));
  ASSERT_TRUE(eventually([&] { return look(key).deleting; }));
  EXPECT_THAT(look(key).finalizers, ElementsAre("plumb.dev/test"));
  edit(kConfigMaps, key, R"({"metadata":{"finalizers":null}})");
  EXPECT_TRUE(comes(key, Kind::deleted));
}

TEST_F(Store, many_applies_at_once_raise_no_false_alarm) {
  constexpr int kCount = 200;
  for (int round = 0; round < 3; ++round) {
    std::atomic<int> answered{0};
    for (int i = 0; i < kCount; ++i) {
      const ObjectKey key = config_map("many-" + std::to_string(i));
      store_->apply(kApp, kConfigMaps, key, config_map_body(key, std::to_string(round)),
                    fingerprint("d"), {}, [&](const Result<LiveApplied>& answer) {
                      EXPECT_TRUE(answer.has_value());
                      ++answered;
                    });
    }
    ASSERT_TRUE(eventually([&] { return answered == kCount; }));
  }
  flush();
  changes_.with([&](const auto& all) {
    for (const LiveChange& change : all) {
      EXPECT_NE(change.kind, Kind::drifted) << change.key.display();
      EXPECT_FALSE(change.key.name.starts_with("many") && change.kind == Kind::appeared);
    }
  });
  EXPECT_EQ(store_->counts().at(kApp), static_cast<size_t>(kCount));
}

class Restart : public Store, public testing::WithParamInterface<std::tuple<bool, bool>> {};

TEST_P(Restart, knows_its_objects_again_without_a_write) {
  const auto [streaming, restore_first] = GetParam();
  const ObjectKey kept = config_map("kept");
  const ObjectKey edited{"apps", "Deployment", "default", "edited"};
  const LiveApplied one = apply(kConfigMaps, kept, config_map_body(kept, "1"));
  const LiveApplied two = apply(kDeployments, edited, deployment_body(edited, 1));
  store_.reset();
  edit(kDeployments, edited, R"({"spec":{"replicas":7}})");
  clear_changes();
  const uint64_t applies = client_->counters().by_verb["apply"];

  store_ = make_store(streaming);
  const Inventory inventory({{kept, "v1", one.record}, {edited, "v1", two.record}});
  if (restore_first) store_->restore(inventory);
  manage_and_sync(*store_);
  if (!restore_first) store_->restore(inventory);

  EXPECT_TRUE(comes(edited, Kind::drifted));
  EXPECT_TRUE(look(kept).in_sync(fingerprint("d")));
  EXPECT_FALSE(look(edited).in_sync(fingerprint("d")));
  EXPECT_EQ(client_->counters().by_verb["apply"], applies);
}

INSTANTIATE_TEST_SUITE_P(All, Restart, testing::Combine(testing::Bool(), testing::Bool()));

TEST_F(Store, kind_that_appears_later) {
  const GroupVersionKind gadget{"example.com", "v1", "Gadget"};
  store_->manage(gadget);
  const Value definition = from_json(R"({"apiVersion":"apiextensions.k8s.io/v1",
    "kind":"CustomResourceDefinition","metadata":{"name":"gadgets.example.com"},"spec":{
    "group":"example.com","scope":"Namespaced","names":{"plural":"gadgets","singular":"gadget",
    "kind":"Gadget"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{
    "openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object",
    "properties":{"size":{"type":"integer"},"color":{"type":"string","default":"red"}}}}}}}]}})");
  const ObjectKey definition_key = key_of(definition);
  ASSERT_TRUE(store_->apply(kApp, kDefinitions, definition_key, definition, fingerprint("crd")));
  ASSERT_TRUE(eventually([&] { return store_->synced(gadget.group_kind()); }));
  const ApiResource* resource = client_->catalog()->find(gadget);
  ASSERT_TRUE(resource);
  const ObjectKey key{"example.com", "Gadget", "default", "g"};
  const Value body = from_json(R"({"apiVersion":"example.com/v1","kind":"Gadget","metadata":{
    "name":"g","namespace":"default","labels":{"plumb.dev/app":"demo","plumb.dev/app-namespace":
    "apps"}},"spec":{"size":3}})");
  apply(*resource, key, body);
  EXPECT_TRUE(look(key).in_sync(fingerprint("d")));
  edit(*resource, key, R"({"spec":{"color":"blue"}})");  // defaulted, not ours
  edit(*resource, key, R"({"spec":{"size":4}})");
  EXPECT_TRUE(comes(key, Kind::drifted));
  EXPECT_THAT(changes_of(key), Contains(Kind::drifted).Times(1));
  ASSERT_TRUE(client_->remove(kDefinitions, definition_key));
  EXPECT_TRUE(comes(key, Kind::deleted));
}

TEST_F(Store, kind_that_goes_is_watched_no_more_until_it_comes_again) {
  const auto client = connect();
  ASSERT_TRUE(client);
  LiveStoreOptions options;
  options.look_for_kinds = std::chrono::milliseconds(300);
  LiveStore store(*client, options);
  const GroupVersionKind lamp{"example.com", "v1", "Lamp"};
  const Value definition = from_json(R"({"apiVersion":"apiextensions.k8s.io/v1",
    "kind":"CustomResourceDefinition","metadata":{"name":"lamps.example.com"},"spec":{
    "group":"example.com","scope":"Namespaced","names":{"plural":"lamps","singular":"lamp",
    "kind":"Lamp"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{
    "openAPIV3Schema":{"type":"object"}}}]}})");
  const ObjectKey key = key_of(definition);
  const auto begin = [&] {
    ASSERT_TRUE(
        eventually([&] { return client->apply(kDefinitions, key, definition).has_value(); }));
    ASSERT_TRUE(eventually([&] {
      store.manage(lamp);
      return store.synced(lamp.group_kind());
    }));
  };
  begin();
  ASSERT_TRUE(client->remove(kDefinitions, key));
  EXPECT_TRUE(eventually([&] { return !store.synced(lamp.group_kind()); }));
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const auto before = client->counters().by_verb;
  std::this_thread::sleep_for(std::chrono::seconds(3));
  EXPECT_EQ(client->counters().by_verb, before);
  begin();
  ASSERT_TRUE(client->remove(kDefinitions, key));
}

TEST_F(Store, kind_that_nobody_asks_for_any_more_is_not_looked_for) {
  const auto client = connect();
  ASSERT_TRUE(client);
  LiveStoreOptions options;
  options.look_for_kinds = std::chrono::milliseconds(300);
  LiveStore store(*client, options);
  const auto looks = [&] { return client->counters().by_verb["discover"]; };
  store.manage({"example.com", "v1", "Nothing"});
  EXPECT_TRUE(eventually([&] { return looks() >= 4; })) << "two requests each";
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const auto before = looks();
  std::this_thread::sleep_for(std::chrono::seconds(2));
  EXPECT_EQ(looks(), before);
  store.manage({"example.com", "v1", "Nothing"});
  EXPECT_TRUE(eventually([&] { return looks() > before; }));
}

TEST_F(Store, another_version_than_the_watched_one_is_no_drift) {
  const GroupVersionKind v2{"autoscaling", "v2", "HorizontalPodAutoscaler"};
  store_->manage(v2);
  ASSERT_TRUE(eventually([&] { return store_->synced(v2.group_kind()); }));
  const ApiResource v1{
      {"autoscaling", "v1", "HorizontalPodAutoscaler"}, "horizontalpodautoscalers", true};
  const Value body = from_json(R"({"apiVersion":"autoscaling/v1","kind":"HorizontalPodAutoscaler",
    "metadata":{"name":"web","namespace":"default","labels":{"plumb.dev/app":"demo",
    "plumb.dev/app-namespace":"apps"}},"spec":{"maxReplicas":4,"targetCPUUtilizationPercentage":50,
    "scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"}}})");
  const ObjectKey key = key_of(body);
  apply(v1, key, body);
  edit(v1, key, R"({"metadata":{"annotations":{"a":"b"}}})");
  const auto now = client_->get(v1, key);
  ASSERT_TRUE(now);
  const std::string version = now->string_at({"metadata", "resourceVersion"});
  ASSERT_TRUE(eventually([&] { return look(key).resource_version == version; }));
  EXPECT_THAT(changes_of(key), ElementsAre());
  EXPECT_TRUE(look(key).in_sync(fingerprint("d")));
  edit(v1, key, R"({"spec":{"maxReplicas":9}})");
  EXPECT_TRUE(comes(key, Kind::drifted));
  ASSERT_TRUE(client_->remove(v1, key));
}

TEST_F(Store, rests_without_requests_and_survives_a_restart_of_the_server) {
  const ObjectKey key = config_map("surviving");
  apply(kConfigMaps, key, config_map_body(key, "1"));
  flush();
  const uint64_t sent = client_->counters().sent;
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(client_->counters().sent, sent);

  control("restart-apiserver");
  edit(kConfigMaps, key, R"({"data":{"value":"changed"}})");
  EXPECT_TRUE(comes(key, Kind::drifted));
  EXPECT_THAT(changes_of(key), ElementsAre(Kind::drifted));
}

}  // namespace
}  // namespace plumb::test
