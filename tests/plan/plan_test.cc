// What is decided about desired objects, and in which order they are applied.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.h"

namespace plumb {
namespace {

using namespace testing_plan;
using testing::HasSubstr;

const Error& refusal_of(const Plan& plan) {
  for (const Step* step : steps_of(plan)) {
    if (const auto* refused = std::get_if<RefuseAction>(&step->action)) return refused->error;
  }
  static const Error kNone(kInternal, "nothing is refused");
  return kNone;
}

TEST(Plan, OrdersDefinitionsBeforeClassesBeforeTheRest) {
  World world;
  world.serve("example.com/v1", "Widget");
  world.want(manifest("example.com/v1", "Widget", "prod", "w"));
  world.want(manifest("apps/v1", "Deployment", "prod", "web"));
  world.want(manifest("v1", "ConfigMap", "prod", "config"));
  world.want(manifest("rbac.authorization.k8s.io/v1", "ClusterRole", "", "reader"));
  world.want(definition("example.com", "Widget", "widgets"));
  world.want(manifest("v1", "Namespace", "", "prod"));
  EXPECT_EQ(text_of(world.plan()),
            "wave 0: definitions: apply Namespace prod [Created]\n"
            "wave 0: definitions: apply apiextensions.k8s.io/CustomResourceDefinition "
            "widgets.example.com [Created]\n"
            "wave 0: classes: apply rbac.authorization.k8s.io/ClusterRole reader [Created]\n"
            "wave 0: apply ConfigMap prod/config [Created]\n"
            "wave 0: apply apps/Deployment prod/web [Created]\n"
            "wave 0: apply example.com/Widget prod/w [Created]\n");
}

TEST(Plan, WavesFollowTheAnnotationsOfBothDialects) {
  World world;
  Manifest late = manifest("v1", "ConfigMap", "prod", "late");
  annotate(late, kWaveAnnotation, "5");
  Manifest early = manifest("v1", "ConfigMap", "prod", "early");
  annotate(early, "argocd.argoproj.io/sync-wave", "-3");
  Manifest both = manifest("v1", "ConfigMap", "prod", "both");
  annotate(both, kWaveAnnotation, "7");
  annotate(both, "argocd.argoproj.io/sync-wave", "-7");
  world.want(late);
  world.want(manifest("v1", "ConfigMap", "prod", "middle"));
  world.want(both);
  world.want(early);
  const Plan plan = world.plan();
  EXPECT_EQ(text_of(plan),
            "wave -3: apply ConfigMap prod/early [Created]\n"
            "wave 0: apply ConfigMap prod/middle [Created]\n"
            "wave 5: apply ConfigMap prod/late [Created]\n"
            "wave 7: apply ConfigMap prod/both [Created]\n");
  EXPECT_TRUE(plan.waves[0].after.empty());
  EXPECT_THAT(plan.waves[2].after,
              testing::UnorderedElementsAre(early.key, world.manifests.objects[1].key));
}

TEST(Plan, AnObjectNeverComesBeforeItsDefinitionOrItsNamespace) {
  World world;
  Manifest crd = definition("example.com", "Widget", "widgets");
  annotate(crd, kWaveAnnotation, "2");
  Manifest widget = manifest("example.com/v1", "Widget", "prod", "w");
  annotate(widget, kWaveAnnotation, "-1");
  Manifest space = manifest("v1", "Namespace", "", "late");
  annotate(space, kWaveAnnotation, "3");
  world.want(widget);
  world.want(manifest("v1", "ConfigMap", "late", "config"));
  world.want(crd);
  world.want(space);
  const Plan plan = world.plan();
  EXPECT_EQ(text_of(plan),
            "wave 2: definitions: apply apiextensions.k8s.io/CustomResourceDefinition "
            "widgets.example.com [Created]\n"
            "wave 2: apply example.com/Widget prod/w [Created]\n"
            "wave 3: definitions: apply Namespace late [Created]\n"
            "wave 3: apply ConfigMap late/config [Created]\n");
  EXPECT_THAT(plan.waves[1].after, testing::ElementsAre(crd.key));
}

TEST(Plan, AWaveWaitsForObjectsThatNeedNothingThemselves) {
  World world;
  const Manifest first = manifest("v1", "ConfigMap", "prod", "first");
  Manifest second = manifest("v1", "ConfigMap", "prod", "second");
  annotate(second, kWaveAnnotation, "1");
  world.want(first);
  world.want(second);
  world.have(first);
  const Plan plan = world.plan();
  EXPECT_EQ(plan.kept, 1u);
  ASSERT_EQ(plan.waves.size(), 1u);
  EXPECT_THAT(plan.waves[0].after, testing::ElementsAre(first.key));
}

TEST(Plan, WhatMayNotBeWatchedIsRefusedAndTheRestGoesOn) {
  World world;
  world.want(manifest("v1", "Secret", "prod", "token"));
  world.want(manifest("v1", "ConfigMap", "prod", "good"));
  world.observed.synced.erase({"", "Secret"});
  world.observed.blind.emplace(GroupKind{"", "Secret"}, Error(kInternal, "secrets is forbidden"));
  const Plan plan = world.plan();
  EXPECT_EQ(refusal_of(plan).code(), kNotWatched);
  EXPECT_THAT(refusal_of(plan).message(), HasSubstr("secrets is forbidden"));
  EXPECT_EQ(actions_of(plan), 1u);
}

TEST(Plan, WhatIsLeftAloneIsNeitherAppliedNorPrunedNorWaitedFor) {
  for (const char* annotation : {"plumb.dev/reconcile", "kustomize.toolkit.fluxcd.io/reconcile"}) {
    World world;
    Manifest alone = manifest("v1", "ConfigMap", "prod", "alone");
    world.have(alone).projected = print_of("by hand");
    annotate(alone, annotation, "disabled");
    Manifest absent = manifest("v1", "ConfigMap", "prod", "absent");
    annotate(absent, annotation, "Disabled");
    world.want(alone);
    world.want(absent);
    Manifest late = manifest("v1", "ConfigMap", "prod", "late");
    annotate(late, kWaveAnnotation, "1");
    world.want(late);
    const Plan plan = world.plan();
    EXPECT_EQ(text_of(plan), "wave 1: apply ConfigMap prod/late [Created]\n");
    EXPECT_TRUE(plan.waves[0].after.empty());
    EXPECT_EQ(plan.kept, 2u);
  }
}

TEST(Plan, WhatIsOnlyCreatedIsAppliedWhereThereIsNone) {
  for (const char* annotation : {"plumb.dev/reconcile", "kustomize.toolkit.fluxcd.io/ssa"}) {
    World world;
    Manifest ours = manifest("v1", "ConfigMap", "prod", "ours");
    world.have(ours).projected = print_of("by hand");
    Manifest absent = manifest("v1", "ConfigMap", "prod", "absent");
    Manifest foreign = manifest("v1", "ConfigMap", "prod", "foreign");
    for (Manifest* one : {&ours, &absent, &foreign}) {
      annotate(*one, annotation, "IfNotPresent");
      world.want(*one);
    }
    const std::set<ObjectKey> unlabelled{foreign.key};
    world.policy.unlabelled = &unlabelled;
    const Plan plan = world.plan();
    EXPECT_EQ(text_of(plan), "wave 0: apply ConfigMap prod/absent [Created]\n");
    EXPECT_EQ(plan.kept, 2u);
  }
}

TEST(Plan, ABadWaveIsRefusedAndTheRestGoesOn) {
  World world;
  Manifest bad = manifest("v1", "ConfigMap", "prod", "bad");
  annotate(bad, kWaveAnnotation, "first");
  world.want(bad);
  world.want(manifest("v1", "ConfigMap", "prod", "good"));
  const Plan plan = world.plan();
  EXPECT_EQ(refusal_of(plan).code(), kBadWave);
  EXPECT_THAT(refusal_of(plan).summary(), HasSubstr("apps/web/bad.yaml:1"));
  EXPECT_EQ(actions_of(plan), 1u);
}

TEST(Plan, AnUnknownKindIsRefusedWithTheNearestName) {
  World world;
  world.want(manifest("apps/v1", "Deploymnet", "prod", "web"));
  world.want(manifest("v1", "ConfigMap", "prod", "good"));
  const Plan plan = world.plan();
  EXPECT_EQ(refusal_of(plan).code(), kUnknownKind);
  EXPECT_THAT(refusal_of(plan).help(), HasSubstr("Deployment"));
  EXPECT_EQ(actions_of(plan), 1u);
}

TEST(Plan, AVersionThatIsNotServedNamesTheOneThatIs) {
  World world;
  world.want(manifest("apps/v1beta1", "Deployment", "prod", "web"));
  const Plan plan = world.plan();
  EXPECT_EQ(refusal_of(plan).code(), kUnknownKind);
  EXPECT_THAT(refusal_of(plan).help(), HasSubstr("apps/v1"));
}

TEST(Plan, OfAGroupThatDoesNotAnswerNothingIsConcluded) {
  World world;
  auto catalog = std::make_shared<ApiCatalog>(*world.observed.catalog);
  catalog->partial.insert("metrics.example");
  world.observed.catalog = catalog;
  world.want(manifest("metrics.example/v1", "Gauge", "prod", "g"));
  const Plan plan = world.plan();
  EXPECT_EQ(refusal_of(plan).code(), kNotDiscovered);
  EXPECT_EQ(refusal_of(plan).retry(), Retry::transient);
}

TEST(Plan, ADriftNamesItsCause) {
  World world;
  const Manifest web = manifest("apps/v1", "Deployment", "prod", "web");
  world.want(web);
  world.have(web).projected = print_of("scaled");
  world.observed.blame[web.key] = {{"kubectl-edit"}, {"spec.replicas"}};
  const Plan plan = world.plan();
  ASSERT_EQ(actions_of(plan), 1u);
  EXPECT_EQ(
      explain(*steps_of(plan)[0]),
      "apply apps/Deployment prod/web: changed in the cluster (spec.replicas by kubectl-edit)");
}

TEST(Plan, WhatIsBeingDeletedIsShownWithItsFinalizers) {
  World world;
  const Manifest web = manifest("apps/v1", "Deployment", "prod", "web");
  world.want(web);
  LiveObject& live = world.have(web);
  live.deleting = true;
  live.finalizers = {"example.com/hold"};
  const Plan plan = world.plan();
  EXPECT_EQ(actions_of(plan), 0u);
  ASSERT_EQ(steps_of(plan).size(), 1u);
  EXPECT_THAT(explain(*steps_of(plan)[0]), HasSubstr("example.com/hold"));
}

TEST(Plan, WhatIsInSyncButNotInTheInventoryIsEnteredThere) {
  World world;
  const Manifest config = manifest("v1", "ConfigMap", "prod", "config");
  world.want(config);
  world.have(config);
  world.inventory = {};
  const Plan plan = world.plan();
  ASSERT_EQ(actions_of(plan), 1u);
  EXPECT_EQ(steps_of(plan)[0]->reason, StepReason::adopted);
}

TEST(Plan, ImmutableFieldsMayBeReplacedWhereAnAnnotationSaysSo) {
  World world;
  Manifest job = manifest("v1", "Service", "prod", "a");
  annotate(job, kReplaceAnnotation, "on-immutable");
  world.want(job);
  world.want(manifest("v1", "Service", "prod", "b"));
  const Plan plan = world.plan();
  ASSERT_EQ(steps_of(plan).size(), 2u);
  EXPECT_TRUE(steps_of(plan)[0]->recreate_allowed);
  EXPECT_FALSE(steps_of(plan)[1]->recreate_allowed);
}

TEST(Plan, AHealWaitsForNothing) {
  World world;
  const Manifest first = manifest("v1", "ConfigMap", "prod", "first");
  Manifest second = manifest("v1", "ConfigMap", "prod", "second");
  annotate(second, kWaveAnnotation, "1");
  world.want(first);
  world.want(second);
  world.scope = {false, {second.key}};
  const Plan plan = world.plan();
  ASSERT_EQ(plan.waves.size(), 1u);
  EXPECT_TRUE(plan.waves[0].after.empty());
  EXPECT_EQ(plan.waves[0].steps[0].key, second.key);
}

TEST(Plan, HoldsAHealBackAgainstOneManager) {
  World world;
  const Manifest web = manifest("v1", "ConfigMap", "prod", "web");
  world.want(web);
  world.have(web).projected = print_of("edited");
  world.observed.blame[web.key] = {{"scaler"}, {"data.replicas"}};
  HealHolds holds{{{web.key, "kubectl-edit"}, std::chrono::seconds(4)}};
  world.policy.holds = &holds;
  EXPECT_EQ(actions_of(world.plan()), 1u);
  holds = {{{web.key, "scaler"}, std::chrono::seconds(4)}};
  const Plan plan = world.plan();
  ASSERT_EQ(steps_of(plan).size(), 1u);
  EXPECT_EQ(steps_of(plan)[0]->reason, StepReason::fought);
  EXPECT_EQ(steps_of(plan)[0]->rival, "scaler");
  EXPECT_EQ(actions_of(plan), 0u);
  // What the source wants is no fight: a new commit is applied at once.
  world.manifests.objects[0].desired = print_of("v2");
  EXPECT_EQ(actions_of(world.plan()), 1u);
}

}  // namespace
}  // namespace plumb
