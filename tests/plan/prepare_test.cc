// Manifests as they are sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/plan/prepare.h"
#include "lang/json/json.h"
#include "world.h"

namespace plumb {
namespace {

using namespace testing_plan;

Manifests prepared(const World& world) {
  Result<Manifests> out = prepare(world.manifests, *world.observed.catalog, world.options);
  EXPECT_TRUE(out.has_value());
  return out ? std::move(out).value() : Manifests{};
}

TEST(Prepare, AddsOurLabelsAndHashesWhatIsSent) {
  World world;
  Manifest config = manifest("v1", "ConfigMap", "prod", "config");
  config.body.set_path({"metadata", "labels", "team"}, "red");
  world.want(config);
  const Manifests out = prepared(world);
  const Manifest& sent = out.objects[0];
  EXPECT_EQ(label_of(sent.body, kAppLabel), "web");
  EXPECT_EQ(label_of(sent.body, kAppNamespaceLabel), "apps");
  EXPECT_EQ(label_of(sent.body, "team"), "red");
  EXPECT_EQ(sent.desired, fingerprint(json::write(sent.body)));
  EXPECT_EQ(sent.origin, config.origin);
  EXPECT_EQ(label_of(world.manifests.objects[0].body, kAppLabel), "") << "the input is untouched";
}

TEST(Prepare, FillsInAndDropsNamespaces) {
  World world;
  world.options.target_namespace = "target";
  world.want(manifest("v1", "ConfigMap", "", "plain"));
  world.want(manifest("v1", "ConfigMap", "own", "placed"));
  world.want(manifest("v1", "Namespace", "wrong", "space"));
  world.want(definition("example.com", "Widget", "widgets"));
  world.want(manifest("example.com/v1", "Widget", "", "new-kind"));
  const Manifests out = prepared(world);
  EXPECT_EQ(out.objects[0].key.namespace_, "target");
  EXPECT_EQ(out.objects[0].body.string_at({"metadata", "namespace"}), "target");
  EXPECT_EQ(out.objects[1].key.namespace_, "own");
  EXPECT_EQ(out.objects[2].key.namespace_, "");
  EXPECT_EQ(out.objects[2].body.find_path({"metadata", "namespace"}), nullptr);
  EXPECT_EQ(out.objects[4].key.namespace_, "target") << "its definition stands beside it";
}

TEST(Prepare, UnknownKindsStayForThePlanToRefuse) {
  World world;
  world.want(manifest("example.com/v1", "Widget", "", "w"));
  EXPECT_EQ(prepared(world).objects[0].key.namespace_, "");
}

TEST(Prepare, IgnoreRulesOfNoUseAreWarnedOf) {
  World world;
  Manifest config = manifest("v1", "ConfigMap", "prod", "config");
  config.body.set_path({"data", "a"}, "1");
  world.want(config);
  const std::vector<IgnoreRule> rules = {
      {{"", "", "ConfigMap", "", ""}, {{{"data", "a"}, {"dat", "a"}}, {}}, "spec.ignore[0]"},
      {{"", "", "ConfigMpa", "", ""}, {{{"data"}}, {}}, "spec.ignore[1]"},
      {{"", "", "ConfigMap", "", ""}, {{}, {"tuner"}}, "spec.ignoreDifferences[0]"}};
  world.options.ignore = rules;
  std::vector<std::string> told;
  for (const Warning& warning : prepared(world).warnings) told.push_back(warning.message);
  EXPECT_THAT(told, testing::ElementsAre("spec.ignore[0]: no object that it fits has /dat/a",
                                         "spec.ignore[1] fits no object"));
  EXPECT_THAT(prepared(world).objects[0].ignored.pointers,
              testing::ElementsAre(JsonPointer{"data", "a"}));
}

TEST(Prepare, ManifestsAreTheSameInAnyOrder) {
  const auto identity = [](const std::vector<std::string>& values, bool backwards) {
    World world;
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t at = backwards ? values.size() - 1 - i : i;
      Manifest one = manifest("v1", "ConfigMap", "prod", "config-" + std::to_string(at));
      one.body.set_path({"data", "a"}, values[at]);
      one.origin.line = static_cast<int>(i);
      world.want(one);
    }
    return identity_of(prepared(world));
  };
  EXPECT_EQ(identity({"1", "2"}, false), identity({"1", "2"}, true));
  EXPECT_NE(identity({"1", "2"}, false), identity({"2", "1"}, false));
  EXPECT_NE(identity({"1", "2"}, false), identity({"1"}, false));
}

TEST(Prepare, WhatIsInASecretIsNotToldByTheIdentity) {
  const auto identity = [](const std::string& value, const std::string& name) {
    World world;
    Manifest secret = manifest("v1", "Secret", "prod", name);
    secret.body.set_path({"stringData", "password"}, value);
    world.want(secret);
    return identity_of(prepared(world));
  };
  EXPECT_EQ(identity("a", "key"), identity("b", "key"));
  EXPECT_NE(identity("a", "key"), identity("a", "other"));
}

TEST(Prepare, TwoThatBecomeOneAreAnError) {
  World world;
  world.options.target_namespace = "prod";
  world.want(manifest("v1", "ConfigMap", "", "config"));
  world.want(manifest("v1", "ConfigMap", "prod", "config"));
  const Result<Manifests> out = prepare(world.manifests, *world.observed.catalog, world.options);
  ASSERT_FALSE(out.has_value());
  EXPECT_EQ(out.error().code(), kSameObject);
}

TEST(Prepare, TheSameManifestsHaveTheSameDigest) {
  World world;
  world.want(manifest("v1", "ConfigMap", "prod", "a"));
  EXPECT_EQ(prepared(world).digest, prepared(world).digest);
  const Digest before = prepared(world).digest;
  world.options.app.name = "another";
  EXPECT_NE(prepared(world).digest, before);
}

TEST(DeletionRules, ReadsFourDialects) {
  const auto rules = [](const char* name, const char* value) {
    Manifest config = manifest("v1", "ConfigMap", "prod", "a");
    annotate(config, name, value);
    return deletion_rules_of(config.body);
  };
  using enum DeletionRule;
  const DeletionRules kept{disabled, disabled};
  constexpr const char* kArgo = "argocd.argoproj.io/sync-options";
  EXPECT_EQ(rules("unrelated", "disabled"), DeletionRules{});
  EXPECT_EQ(rules(kPruneAnnotation, "disabled"), kept);
  EXPECT_EQ(rules(kPruneAnnotation, "confirm"), (DeletionRules{confirm, confirm}));
  EXPECT_EQ(rules("kustomize.toolkit.fluxcd.io/prune", "Disabled"), kept);
  EXPECT_EQ(rules("helm.sh/resource-policy", "keep"), kept);
  EXPECT_EQ(rules(kArgo, "Replace=true, Prune=false"), kept);
  EXPECT_EQ(rules(kArgo, "Prune=confirm"), (DeletionRules{confirm, allowed}));
  EXPECT_EQ(rules(kArgo, "Delete=confirm"), (DeletionRules{allowed, confirm}));
  EXPECT_EQ(rules(kArgo, "Prune=confirm,Delete=false"), (DeletionRules{confirm, disabled}));
}

}  // namespace
}  // namespace plumb
