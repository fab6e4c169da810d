// Turns after one another, as an app lives them: what its status says after each, and what is told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/status/app_status.h"
#include "core/status/conditions.h"
#include "core/status/notices.h"

namespace plumb {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const ObjectKey kWeb{"apps", "Deployment", "prod", "web"};
const ObjectKey kConfig{"", "ConfigMap", "prod", "config"};

Revision revision(char letter) {
  Revision out;
  out.url = "https://git.example/config";
  out.ref = RefName("refs/heads/main");
  out.commit = CommitId(std::string(40, letter));
  out.author = "Ada";
  out.subject = "change " + std::string(1, letter);
  return out;
}

StepOutcome applied(const ObjectKey& key, StepReason reason, bool changed = true) {
  return {key, reason, AppliedOutcome{{}, "v1", changed, false}, {"apps/web.yaml", 12, 0}, {}};
}

// An app over time: each turn is folded into its status.
struct Life {
  AppStatus status;
  std::vector<std::string> told;  // reasons of the notices of the last turn
  WallTime now = parse_rfc3339("2026-03-01T10:00:00Z").value();
  AppSpec spec;
  std::set<ObjectKey> everything{kWeb, kConfig};

  Life() {
    spec.key = AppKey{{"apps", "web"}};
    spec.generation = 1;
  }

  [[nodiscard]] TurnRecord turn(char commit, HealthStatus health = HealthStatus::current) const {
    TurnRecord out;
    out.spec = spec;
    out.started = now;
    out.finished = now;
    out.revision = revision(commit);
    out.policy = "none";
    out.desired_objects = everything.size();
    out.applied = Applied{};
    out.health = HealthReport{health, {{kWeb, {health, "0 of 2 replicas"}}}};
    out.inventory = status.inventory;
    out.all_applied = true;
    return out;
  }

  const AppStatus& live(const TurnRecord& turn) {
    const AppStatus before = status;
    status = summarise(turn, before);
    told.clear();
    for (const Notice& notice : notices(before, status, turn)) told.push_back(notice.reason);
    return status;
  }
  void pass(Duration time) { now += std::chrono::duration_cast<WallTime::duration>(time); }

  [[nodiscard]] std::string ready() const {
    const Condition* ready = find_condition(status.conditions, "Ready");
    return ready == nullptr ? "" : ready->status + " " + ready->reason;
  }
  [[nodiscard]] std::string message() const {
    const Condition* ready = find_condition(status.conditions, "Ready");
    return ready == nullptr ? "" : ready->message;
  }
  [[nodiscard]] bool has(const char* type) const {
    return find_condition(status.conditions, type) != nullptr;
  }
};

TurnRecord first_sync(const Life& life, char commit, HealthStatus health) {
  TurnRecord turn = life.turn(commit, health);
  turn.applied->steps = {applied(kWeb, StepReason::created), applied(kConfig, StepReason::created)};
  return turn;
}

Life settled(char commit) {
  Life life;
  life.live(first_sync(life, commit, HealthStatus::current));
  return life;
}

TurnRecord with_failure(TurnRecord turn, Retry retry) {
  turn.applied->steps = {{kWeb,
                          StepReason::changed,
                          FailedOutcome{Error(kInternal, "spec is not valid", retry)},
                          {"apps/web.yaml", 12, 0},
                          {}}};
  turn.all_applied = false;
  return turn;
}

Step refused(const ObjectKey& key, ErrorCode code, bool wanted) {
  Step step;
  step.key = key;
  step.reason = StepReason::protected_;
  step.action = RefuseAction{Error(code, "is held", Retry::denied).with_help("confirm it")};
  if (wanted) step.manifest = std::make_shared<const Manifest>();
  return step;
}

TEST(Turns, TheFirstSyncProgressesAndIsReady) {
  Life life;
  life.live(first_sync(life, 'a', HealthStatus::in_progress));
  EXPECT_EQ(life.ready(), "Unknown Progressing");
  EXPECT_TRUE(life.has("Reconciling"));
  EXPECT_EQ(life.status.applied, "2/2");
  EXPECT_THAT(life.told, IsEmpty()) << "progress is not news";
  life.pass(std::chrono::seconds(20));
  life.live(life.turn('a'));
  EXPECT_EQ(life.ready(), "True Applied");
  EXPECT_FALSE(life.has("Reconciling"));
  EXPECT_THAT(life.status.problems, IsEmpty());
  EXPECT_EQ(life.status.last_applied_revision, revision('a').display());
  ASSERT_EQ(life.status.history.size(), 1u);
  EXPECT_EQ(life.status.history[0].changed, 2);
  EXPECT_EQ(life.status.history[0].author, "Ada");
  EXPECT_EQ(life.told.size(), 1u);
}

TEST(Turns, OnlyTheFirstRevisionIsTold) {
  Life life;
  life.live(first_sync(life, 'a', HealthStatus::in_progress));
  life.pass(std::chrono::seconds(1));
  life.live(life.turn('a'));
  EXPECT_THAT(life.told, ElementsAre("Applied"));
  life.pass(std::chrono::minutes(1));
  TurnRecord heal = life.turn('a', HealthStatus::in_progress);
  heal.whole_app = false;
  heal.applied->steps = {applied(kWeb, StepReason::drifted)};
  life.live(heal);
  EXPECT_THAT(life.told, ElementsAre("Healed"));
  life.pass(std::chrono::seconds(1));
  life.live(life.turn('a'));
  EXPECT_EQ(life.ready(), "True Applied");
  EXPECT_THAT(life.told, IsEmpty()) << "what was healed is no new revision";
  TurnRecord next = life.turn('b', HealthStatus::in_progress);
  next.applied->steps = {applied(kWeb, StepReason::changed)};
  life.live(next);
  life.live(life.turn('b'));
  EXPECT_EQ(life.ready(), "True Applied");
  EXPECT_EQ(life.status.history.size(), 2u);
  EXPECT_THAT(life.told, IsEmpty()) << "the history tells it";
}

TEST(Turns, TheWriteAheadOfAFirstSyncSaysThatItIsOnItsWay) {
  Life life;
  const AppStatus said = announce(life.turn('a'), {}, life.now);
  EXPECT_TRUE(is_on_its_way(said));
  EXPECT_EQ(said.observed_generation, 1);
  EXPECT_EQ(said.last_applied_revision, "");
  const AppStatus before = settled('a').status;
  EXPECT_EQ(announce(life.turn('b'), before, life.now), before) << "what is Ready stays it";
  EXPECT_FALSE(is_on_its_way(before));
}

TEST(Turns, AFailedObjectIsNamedWithItsPosition) {
  Life life = settled('a');
  life.live(with_failure(life.turn('b'), Retry::permanent));
  EXPECT_EQ(life.ready(), "False ApplyFailed");
  EXPECT_TRUE(life.has("Stalled"));
  EXPECT_THAT(life.message(), HasSubstr("apps/web.yaml:12"));
  ASSERT_EQ(life.status.problems.size(), 1u);
  EXPECT_EQ(life.status.problems[0].key, kWeb);
  EXPECT_EQ(life.status.problems[0].position, "apps/web.yaml:12");
  EXPECT_EQ(life.status.applied, "1/2");
  EXPECT_EQ(life.status.last_attempted_revision, revision('b').display());
  EXPECT_EQ(life.status.last_applied_revision, revision('a').display());
  EXPECT_THAT(life.told, ElementsAre("ApplyFailed"));
  const WallTime since = life.status.problems[0].since;
  life.pass(std::chrono::minutes(1));
  life.live(with_failure(life.turn('b'), Retry::permanent));
  EXPECT_THAT(life.told, IsEmpty()) << "the same failure is told once";
  EXPECT_EQ(life.status.problems[0].since, since);
}

TEST(Turns, WhatTheWorldMayMendIsNotStalled) {
  Life life = settled('a');
  life.live(with_failure(life.turn('b'), Retry::transient));
  EXPECT_EQ(life.ready(), "False ApplyFailed");
  EXPECT_FALSE(life.has("Stalled"));
}

TEST(Turns, ARenderFailureKeepsTheInventoryAndTheAppliedRevision) {
  Life life = settled('a');
  life.status.inventory = Inventory({{kWeb, "v1", std::nullopt}});
  TurnRecord turn = life.turn('b');
  turn.applied.reset();
  turn.health.reset();
  turn.desired_objects.reset();
  turn.all_applied = false;
  turn.stopped =
      StageError{Stage::render, Error(kInternal, "bad YAML").at({"apps/web.yaml", 3, 1})};
  life.live(turn);
  EXPECT_EQ(life.ready(), "False RenderFailed");
  EXPECT_THAT(life.message(), HasSubstr("apps/web.yaml:3"));
  EXPECT_EQ(life.status.last_applied_revision, revision('a').display());
  EXPECT_EQ(life.status.inventory.size(), 1u);
  EXPECT_EQ(life.status.applied, "2/2");
  EXPECT_THAT(life.told, ElementsAre("RenderFailed"));
  life.live(life.turn('a'));
  EXPECT_EQ(life.ready(), "True Applied");
  EXPECT_THAT(life.told, ElementsAre("Recovered"));
}

TEST(Turns, ACommitThatChangesNothingLeavesAnEqualStatus) {
  Life life = settled('a');
  const AppStatus before = life.status;
  life.pass(std::chrono::hours(1));
  life.live(life.turn('b'));
  EXPECT_EQ(essence_of(life.status), essence_of(before));
  EXPECT_THAT(life.told, IsEmpty());
}

TEST(Turns, AHealTellsItselfAndChangesNoRevision) {
  Life life = settled('a');
  const AppStatus before = life.status;
  TurnRecord heal = life.turn('a');
  heal.whole_app = false;
  heal.applied->steps = {applied(kWeb, StepReason::drifted)};
  life.live(heal);
  EXPECT_EQ(essence_of(life.status), essence_of(before));
  EXPECT_THAT(life.told, ElementsAre("Healed"));
}

TEST(Turns, AHealNeverMendsAVerdictAboutTheWholeApp) {
  Life life = settled('a');
  life.live(with_failure(life.turn('b'), Retry::permanent));
  const AppStatus before = life.status;
  TurnRecord heal = life.turn('b');
  heal.whole_app = false;
  heal.applied->steps = {applied(kConfig, StepReason::drifted)};
  life.live(heal);
  EXPECT_EQ(life.ready(), "False ApplyFailed");
  EXPECT_EQ(essence_of(life.status), essence_of(before));
}

TEST(Turns, HealthIsOverdueAfterTheTimeoutOfThisRevisionAlone) {
  Life life;
  life.live(first_sync(life, 'a', HealthStatus::in_progress));
  life.pass(std::chrono::minutes(4));
  life.live(first_sync(life, 'b', HealthStatus::in_progress));
  life.pass(std::chrono::minutes(4));
  life.live(life.turn('b', HealthStatus::in_progress));
  EXPECT_EQ(life.ready(), "Unknown Progressing") << "each revision has its own time";
  life.pass(std::chrono::minutes(2));
  life.live(life.turn('b', HealthStatus::in_progress));
  EXPECT_EQ(life.ready(), "False HealthCheckFailed");
  EXPECT_THAT(life.message(), HasSubstr("5m"));
  EXPECT_FALSE(life.has("Reconciling"));
  EXPECT_THAT(life.told, ElementsAre("HealthCheckFailed"));
  life.pass(std::chrono::minutes(1));
  life.live(life.turn('b', HealthStatus::in_progress));
  EXPECT_EQ(life.ready(), "False HealthCheckFailed") << "it does not begin anew";
  EXPECT_THAT(life.told, IsEmpty());
  life.live(life.turn('b'));
  EXPECT_EQ(life.ready(), "True Applied");
}

TEST(Turns, AFailedObjectFailsAtOnceAndRecovers) {
  Life life = settled('a');
  life.live(life.turn('a', HealthStatus::failed));
  EXPECT_EQ(life.ready(), "False HealthCheckFailed");
  EXPECT_EQ(life.status.health, "Failed");
  life.live(life.turn('a'));
  EXPECT_EQ(life.ready(), "True Applied");
  EXPECT_THAT(life.told, ElementsAre("Recovered"));
}

TEST(Turns, AHeldPruneNeedsAPersonThoughEverythingIsApplied) {
  Life life = settled('a');
  TurnRecord turn = life.turn('b');
  turn.applied->steps = {applied(kWeb, StepReason::changed)};
  turn.refused = {refused(kConfig, {604, "PruneNeedsConfirmation"}, false)};
  turn.all_applied = false;
  life.live(turn);
  EXPECT_EQ(life.ready(), "False PruneHeld");
  EXPECT_TRUE(life.has("Stalled"));
  EXPECT_THAT(life.message(), HasSubstr("confirm it"));
  EXPECT_EQ(life.status.applied, "2/2");
  EXPECT_THAT(life.told, ElementsAre("PruneHeld"));
}

TEST(Turns, ARefusedObjectIsCountedAsNotApplied) {
  Life life = settled('a');
  TurnRecord turn = life.turn('b');
  turn.refused = {refused(kConfig, {601, "OwnedByAnotherApp"}, true)};
  turn.all_applied = false;
  life.live(turn);
  EXPECT_EQ(life.ready(), "False OwnedByAnotherApp");
  EXPECT_EQ(life.status.applied, "1/2");
  EXPECT_EQ(life.status.last_applied_revision, revision('a').display());
}

TEST(Turns, SuspendedAndResumed) {
  Life life = settled('a');
  life.spec.suspend = true;
  life.spec.generation = 2;
  TurnRecord turn = life.turn('a');
  turn.revision.reset();
  turn.applied.reset();
  turn.health.reset();
  turn.desired_objects.reset();
  life.live(turn);
  EXPECT_EQ(life.ready(), "False Suspended");
  EXPECT_EQ(life.status.observed_generation, 2);
  EXPECT_THAT(life.told, ElementsAre("Suspended"));
  life.spec.suspend = false;
  life.spec.generation = 3;
  life.live(life.turn('a'));
  EXPECT_EQ(life.ready(), "True Applied");
}

TEST(Turns, DeletingCountsWhatIsLeftAndNamesWhatHoldsIt) {
  Life life = settled('a');
  life.spec.deleting = true;
  TurnRecord turn = life.turn('a');
  turn.revision.reset();
  turn.health.reset();
  turn.inventory = Inventory({{kWeb, "v1", std::nullopt}});
  turn.applied->steps = {
      {kConfig, StepReason::app_deleted, DeletedOutcome{}, {}, {}},
      {kWeb, StepReason::app_deleted, DeletingOutcome{{"example.com/hold"}}, {}, {}}};
  life.live(turn);
  EXPECT_EQ(life.ready(), "Unknown Deleting");
  EXPECT_THAT(life.message(), HasSubstr("1 object"));
  EXPECT_THAT(life.message(), HasSubstr("example.com/hold"));
  EXPECT_THAT(life.told, ElementsAre("Pruned"));
}

TEST(Turns, ProblemsAndHistoryHaveABound) {
  Life life;
  for (char commit = 'a'; commit < 'a' + 15; ++commit) {
    life.live(first_sync(life, commit, HealthStatus::current));
  }
  EXPECT_EQ(life.status.history.size(), 10u);
  EXPECT_EQ(life.status.history.front().subject, "change o");
  TurnRecord turn = life.turn('z', HealthStatus::failed);
  for (int i = 0; i < 50; ++i) {
    const ObjectKey key{"", "ConfigMap", "prod", "c" + std::to_string(i)};
    turn.health->objects.push_back({key, {HealthStatus::failed, "x"}});
  }
  EXPECT_EQ(life.live(turn).problems.size(), 20u);
}

TEST(Turns, AllThatAnotherAppHasIsTold) {
  Life life;
  TurnRecord turn = life.turn('a', HealthStatus::current);
  for (int i = 0; i < 50; ++i) {
    turn.refused.push_back(refused({"", "ConfigMap", "prod", "c" + std::to_string(i)},
                                   {601, "OwnedByAnotherApp"}, true));
    turn.refused.back().reason = StepReason::foreign_owner;
  }
  turn.all_applied = false;
  EXPECT_EQ(life.live(turn).wanted.size(), 50u);
  // A turn that did not get to its plan knows nothing else.
  TurnRecord stopped = life.turn('b', HealthStatus::current);
  stopped.applied.reset();
  stopped.health.reset();
  stopped.stopped = StageError{Stage::render, Error(kInternal, "broken", Retry::transient)};
  EXPECT_EQ(life.live(stopped).wanted.size(), 50u);
  EXPECT_EQ(life.live(life.turn('c', HealthStatus::current)).wanted.size(), 0u);
}

TEST(Turns, ALongMessageIsCutBetweenCharacters) {
  Life life = settled('a');
  TurnRecord turn = life.turn('b');
  std::string text;
  while (text.size() < 40000) text += "ü";
  turn.stopped = StageError{Stage::render, Error(kInternal, "x" + text)};
  life.live(turn);
  const std::string message = life.message();
  EXPECT_LE(message.size(), 32u * 1024);
  const size_t last = message.rfind("ü");
  EXPECT_EQ(message.substr(last), "ü …") << "no half of a character";
}

}  // namespace
}  // namespace plumb
