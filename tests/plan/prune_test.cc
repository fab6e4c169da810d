// What is decided about objects that left the source, and about those of an app that goes away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "world.h"

namespace plumb {
namespace {

using namespace testing_plan;
using testing::HasSubstr;

constexpr DeletionRules kForbidden{DeletionRule::disabled, DeletionRule::disabled};
constexpr DeletionRules kConfirmed{DeletionRule::confirm, DeletionRule::confirm};

Manifest config(const std::string& name) {
  return manifest("v1", "ConfigMap", "prod", name);
}

// One object stays in the source, so that the render is not empty.
World world_with_one_kept() {
  World world;
  world.want(config("kept"));
  world.have(config("kept"));
  return world;
}

size_t deletions_of(const Plan& plan) {
  size_t count = 0;
  for (const Step* step : steps_of(plan)) {
    count += std::holds_alternative<DeleteAction>(step->action) ? 1 : 0;
  }
  return count;
}

std::vector<const Error*> refusals_of(const Plan& plan) {
  std::vector<const Error*> out;
  for (const Step* step : steps_of(plan)) {
    if (const auto* refused = std::get_if<RefuseAction>(&step->action)) {
      out.push_back(&refused->error);
    }
  }
  return out;
}

TEST(Prune, ComesAfterEverythingIsHealthyWithTheUidAsPrecondition) {
  World world = world_with_one_kept();
  const std::string uid = world.have(config("old")).uid;
  const Plan plan = world.plan();
  ASSERT_EQ(plan.waves.size(), 1u);
  EXPECT_EQ(plan.waves[0].after, std::vector<ObjectKey>{config("kept").key});
  EXPECT_EQ(std::get<DeleteAction>(plan.waves[0].steps[0].action), (DeleteAction{uid, "v1"}));
}

TEST(Prune, HandsOverWhatAnotherAppWants) {
  World world = world_with_one_kept();
  world.have(config("moved"));
  const std::map<ObjectKey, AppKey> wanted{{config("moved").key, kThem}};
  world.policy.wanted = &wanted;
  const Plan plan = world.plan();
  ASSERT_EQ(steps_of(plan).size(), 1u);
  EXPECT_TRUE(std::holds_alternative<ReleaseAction>(steps_of(plan)[0]->action));
  EXPECT_THAT(steps_of(plan)[0]->detail, HasSubstr("handed over to App apps/other"));
  const Plan deletion =
      make_deletion_plan({kUs, world.inventory, world.observed, DeletionPolicy::prune, &wanted});
  EXPECT_EQ(deletions_of(deletion), 1u);  // of "kept"
}

TEST(Prune, UsesAVersionThatIsServed) {
  World world = world_with_one_kept();
  Manifest old = manifest("apps/v1beta1", "Deployment", "prod", "old");
  world.have(old);
  const Plan plan = world.plan();
  ASSERT_EQ(deletions_of(plan), 1u);
  EXPECT_EQ(std::get<DeleteAction>(steps_of(plan)[0]->action).version, "v1");
}

TEST(Prune, GoesInReverseOrder) {
  World world = world_with_one_kept();
  world.serve("example.com/v1", "Widget");
  world.have(manifest("v1", "Namespace", "", "old"));
  world.have(definition("example.com", "Widget", "widgets"));
  world.have(manifest("rbac.authorization.k8s.io/v1", "ClusterRole", "", "reader"));
  world.have(manifest("v1", "ConfigMap", "old", "config"));
  world.have(manifest("apps/v1", "Deployment", "old", "controller"));
  world.have(manifest("example.com/v1", "Widget", "old", "w"));
  world.policy.confirmed_prune = kCommit;
  EXPECT_EQ(text_of(world.plan()),
            "prune: custom resources: delete example.com/Widget old/w [LeftSource]\n"
            "prune: delete apps/Deployment old/controller [LeftSource]\n"
            "prune: delete ConfigMap old/config [LeftSource]\n"
            "prune: classes: delete rbac.authorization.k8s.io/ClusterRole reader [LeftSource]\n"
            "prune: definitions: delete apiextensions.k8s.io/CustomResourceDefinition "
            "widgets.example.com [LeftSource]\n"
            "prune: namespaces: delete Namespace old [LeftSource]\n");
}

TEST(Prune, ProtectedKindsWaitForAConfirmationOfThisCommit) {
  for (const auto& [api, kind] : {std::pair("v1", "PersistentVolumeClaim"), {"v1", "Namespace"}}) {
    World world = world_with_one_kept();
    world.have(manifest(api, kind, std::string(kind) == "Namespace" ? "" : "prod", "old"));
    const Plan held = world.plan();
    EXPECT_EQ(deletions_of(held), 0u);
    ASSERT_EQ(refusals_of(held).size(), 1u);
    EXPECT_EQ(refusals_of(held)[0]->code(), kPruneNeedsConfirmation);
    EXPECT_THAT(refusals_of(held)[0]->help(), HasSubstr(kCommit));
    world.policy.confirmed_prune = "0000000000000000000000000000000000000000";
    EXPECT_EQ(deletions_of(world.plan()), 0u) << "another commit was confirmed";
    world.policy.confirmed_prune = kCommit;
    EXPECT_EQ(deletions_of(world.plan()), 1u);
  }
}

TEST(Prune, AnnotationsOfTheLiveObjectForbidOrHold) {
  World world = world_with_one_kept();
  world.have(config("forbidden")).deletion = kForbidden;
  world.have(config("held")).deletion = kConfirmed;
  const Plan plan = world.plan();
  EXPECT_EQ(deletions_of(plan), 0u);
  EXPECT_EQ(refusals_of(plan).size(), 1u);
  world.policy.confirmed_prune = kCommit;
  EXPECT_EQ(deletions_of(world.plan()), 1u) << "what an annotation forbids no confirmation allows";
}

TEST(Prune, TheBudgetIsMoreThanTenAndMoreThanHalf) {
  const auto deletions = [](int kept, int gone) {
    World world;
    for (int i = 0; i < kept; ++i) {
      world.want(config("kept-" + std::to_string(i)));
      world.have(config("kept-" + std::to_string(i)));
    }
    for (int i = 0; i < gone; ++i) world.have(config("gone-" + std::to_string(i)));
    return deletions_of(world.plan());
  };
  EXPECT_EQ(deletions(1, 10), 10u) << "ten are within the budget";
  EXPECT_EQ(deletions(11, 11), 11u) << "half is within the budget";
  EXPECT_EQ(deletions(10, 11), 0u);
  EXPECT_EQ(deletions(200, 100), 100u);
}

TEST(Prune, AnEmptyRenderDeletesNothing) {
  World world;
  world.have(config("a"));
  world.have(config("b"));
  world.enter(config("gone"), std::nullopt);
  const Plan plan = world.plan();
  EXPECT_EQ(deletions_of(plan), 0u);
  ASSERT_EQ(refusals_of(plan).size(), 1u);
  EXPECT_EQ(refusals_of(plan)[0]->code(), kEmptyRender);
  EXPECT_EQ(actions_of(plan), 1u) << "what is gone is released all the same";
  world.policy.confirmed_prune = kCommit;
  EXPECT_EQ(deletions_of(world.plan()), 2u);
}

TEST(Prune, NothingIsConcludedFromAGroupThatDoesNotAnswer) {
  World world = world_with_one_kept();
  world.have(manifest("apps/v1", "Deployment", "prod", "old"));
  auto catalog = std::make_shared<ApiCatalog>(*world.observed.catalog);
  catalog->partial.insert("apps");
  world.observed.catalog = catalog;
  const Plan plan = world.plan();
  EXPECT_EQ(actions_of(plan), 0u);
  EXPECT_EQ(steps_of(plan)[0]->reason, StepReason::not_observed);
  catalog->resources.clear();
  catalog->preferred.clear();
  EXPECT_EQ(actions_of(world.plan()), 0u) << "a cluster that serves nothing was not discovered";
}

TEST(Prune, ObjectsOfAKindThatIsNoLongerServedAreGone) {
  World world = world_with_one_kept();
  world.enter(manifest("example.com/v1", "Widget", "prod", "w"), std::nullopt);
  const Plan plan = world.plan();
  EXPECT_TRUE(std::holds_alternative<ReleaseAction>(steps_of(plan)[0]->action));
}

TEST(Prune, AskingAgainTellsWhatHoldsADeletion) {
  World world = world_with_one_kept();
  world.have(manifest("v1", "PersistentVolumeClaim", "prod", "data")).finalizers = {
      "pvc-protection"};
  world.policy.confirmed_prune = kCommit;
  world.carry_out(world.plan());
  EXPECT_EQ(world.inventory.size(), 2u) << "what is not gone stays in the inventory";
  world.policy.confirmed_prune.clear();
  const Plan again = world.plan();
  EXPECT_EQ(deletions_of(again), 1u) << "a deletion that has begun needs no second confirmation";
  EXPECT_THAT(explain(*steps_of(again)[0]), HasSubstr("pvc-protection"));
  world.observed.objects.erase(steps_of(again)[0]->key);
  world.carry_out(world.plan());
  EXPECT_EQ(world.inventory.size(), 1u);
  EXPECT_EQ(actions_of(world.plan()), 0u);
}

TEST(DeletionPlan, RemovesEverythingInReverseOrderOrReleasesIt) {
  World world;
  world.have(manifest("v1", "Namespace", "", "prod"));
  world.have(config("a"));
  world.have(manifest("apps/v1", "Deployment", "prod", "web"));
  world.have(config("kept")).deletion = kForbidden;
  world.have(config("theirs")).owner = kThem;
  EXPECT_EQ(text_of(make_deletion_plan({kUs, world.inventory, world.observed})),
            "release: release ConfigMap prod/kept [Protected]\n"
            "release: release ConfigMap prod/theirs [OwnedByAnotherApp]\n"
            "release: release Namespace prod [Protected]\n"
            "prune: delete apps/Deployment prod/web [AppDeleted]\n"
            "prune: delete ConfigMap prod/a [AppDeleted]\n");
  const Plan orphan =
      make_deletion_plan({kUs, world.inventory, world.observed, DeletionPolicy::orphan});
  EXPECT_EQ(deletions_of(orphan), 0u);
  EXPECT_EQ(actions_of(orphan), 5u);
  EXPECT_TRUE(ApprovedPlan::approve(orphan).has_value()) << "no provenance is needed to take down";
}

TEST(DeletionPlan, NamespacesGoLast) {
  World world;
  world.have(manifest("v1", "Namespace", "", "prod"));
  world.have(config("a"));
  EXPECT_EQ(text_of(make_deletion_plan({kUs, world.inventory, world.observed})),
            "prune: delete ConfigMap prod/a [AppDeleted]\n"
            "prune: namespaces: delete Namespace prod [AppDeleted]\n");
}

TEST(DeletionPlan, HoldsWhatAPersonHasToConfirmAndWhatItIsIn) {
  World world;
  world.have(manifest("v1", "Namespace", "", "prod"));
  world.have(config("a"));
  world.have(manifest("v1", "PersistentVolumeClaim", "prod", "data")).deletion.with_app =
      DeletionRule::confirm;
  DeletionInput input{kUs, world.inventory, world.observed};
  input.confirm_with = kCommit;
  const Plan held = make_deletion_plan(input);
  EXPECT_EQ(text_of(held),
            "prune: refuse PersistentVolumeClaim prod/data [Protected]\n"
            "prune: delete ConfigMap prod/a [AppDeleted]\n"
            "prune: namespaces: keep Namespace prod [Protected]\n");
  EXPECT_THAT(refusals_of(held)[0]->help(), HasSubstr(kCommit));
  input.confirmed = "another commit";
  EXPECT_EQ(deletions_of(make_deletion_plan(input)), 1u);
  input.confirmed = kCommit;
  EXPECT_EQ(deletions_of(make_deletion_plan(input)), 3u);
}

TEST(DeletionPlan, LooksAtOtherRulesThanPrune) {
  World world = world_with_one_kept();
  world.have(config("a")).deletion = {DeletionRule::confirm, DeletionRule::allowed};
  world.have(config("b")).deletion = {DeletionRule::allowed, DeletionRule::disabled};
  const Plan prune = world.plan();
  EXPECT_EQ(deletions_of(prune), 1u) << "of b";
  EXPECT_EQ(refusals_of(prune).size(), 1u) << "of a";
  EXPECT_EQ(deletions_of(make_deletion_plan({kUs, world.inventory, world.observed})), 2u)
      << "of a and of what is in the source";
}

// Deleting a container would delete what is in it, whatever was decided about that.
TEST(Containers, StayWhileSomethingWantedIsInThem) {
  World world;
  world.serve("example.com/v1", "Widget");
  const Manifest widget = manifest("example.com/v1", "Widget", "prod", "w");
  world.want(widget);
  world.have(widget);
  world.have(manifest("v1", "Namespace", "", "prod"));
  world.have(manifest("v1", "Namespace", "", "empty"));
  world.have(definition("example.com", "Widget", "widgets"));
  world.have(definition("other.example", "Widget", "widgets"));
  world.policy.confirmed_prune = kCommit;
  EXPECT_EQ(text_of(world.plan()),
            "prune: definitions: keep apiextensions.k8s.io/CustomResourceDefinition "
            "widgets.example.com [Protected]\n"
            "prune: definitions: delete apiextensions.k8s.io/CustomResourceDefinition "
            "widgets.other.example [LeftSource]\n"
            "prune: namespaces: delete Namespace empty [LeftSource]\n"
            "prune: namespaces: keep Namespace prod [Protected]\n");
  world.carry_out(world.plan());
  EXPECT_EQ(deletions_of(world.plan()), 0u) << "and are still known in the next turn";
}

TEST(Containers, StayWhileTheStateOfSomethingInThemIsNotKnown) {
  World world;
  world.have(manifest("v1", "Namespace", "", "prod"));
  world.have(config("a"));
  world.observed.synced.erase({"", "ConfigMap"});
  const Plan plan = make_deletion_plan({kUs, world.inventory, world.observed});
  EXPECT_EQ(actions_of(plan), 0u);
}

TEST(Containers, AreReleasedTogetherWithWhatIsProtectedInThem) {
  World world;
  world.have(manifest("v1", "Namespace", "", "prod"));
  world.have(manifest("v1", "PersistentVolumeClaim", "prod", "data")).deletion = kForbidden;
  world.have(manifest("apps/v1", "Deployment", "prod", "web")).finalizers = {"slow"};
  const auto next = [&] { return make_deletion_plan({kUs, world.inventory, world.observed}); };
  world.carry_out(next());
  world.observed.objects.erase(manifest("apps/v1", "Deployment", "prod", "web").key);
  world.carry_out(next());
  EXPECT_TRUE(world.inventory.empty());
  EXPECT_EQ(world.observed.objects.size(), 2u) << "the namespace and the volume claim in it";
}

TEST(Containers, ThatAreBeingDeletedCannotBeKept) {
  World world = world_with_one_kept();
  world.have(manifest("v1", "Namespace", "", "prod")).deleting = true;
  EXPECT_EQ(deletions_of(world.plan()), 1u);
}

TEST(DeletionPlan, WaitsForTheCompleteListOfEveryKind) {
  World world;
  world.have(config("a"));
  world.observed.synced.clear();
  EXPECT_EQ(actions_of(make_deletion_plan({kUs, world.inventory, world.observed})), 0u);
}

}  // namespace
}  // namespace plumb
