// The verdicts of turns one by one: what becomes of Ready, what a heal may mend, what bounds writes
// and events.
#include "core/status/app_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/status/conditions.h"
#include "core/status/notices.h"

namespace plumb {
namespace {

using testing::HasSubstr;

const ObjectKey kWeb{"apps", "Deployment", "prod", "web"};
const ObjectKey kConfig{"", "ConfigMap", "prod", "config"};
constexpr ErrorCode kDenied{599, "Forbidden"};

struct Turn {
  TurnRecord record;

  explicit Turn(const char* commit = "1") {
    record.spec.key = {{"apps", "web"}};
    record.spec.generation = 1;
    record.started = WallTime(std::chrono::seconds(1'000'000));
    Revision revision;
    revision.ref = RefName("refs/heads/main");
    revision.commit = CommitId(std::string(40, commit[0]));
    record.revision = revision;
    record.desired_objects = 2;
    record.applied = Applied{};
    record.inventory = Inventory({{kWeb, "v1", std::nullopt}, {kConfig, "v1", std::nullopt}});
    record.all_applied = true;
    health(kWeb, {HealthStatus::current, ""});
    at(0);
  }
  Turn& at(int seconds) {
    record.finished = record.started + std::chrono::seconds(seconds);
    return *this;
  }
  Turn& step(const ObjectKey& key, StepReason reason, Outcome outcome) {
    record.applied->steps.push_back(
        {key, reason, std::move(outcome), {"web.yaml", 3, 0}, "spec.replicas by kubectl-edit"});
    return *this;
  }
  Turn& health(const ObjectKey& key, Health health) {
    record.health = HealthReport{health.status, {{key, health}}};
    return *this;
  }
  Turn& stop(Stage stage, Retry retry) {
    record.applied.reset();
    record.health.reset();
    record.desired_objects.reset();
    record.all_applied = false;
    record.stopped = StageError{stage, Error(kInternal, "broken", retry).at({"a.yaml", 7, 0})};
    return *this;
  }
  Turn& refuse(ErrorCode code, Retry retry, bool wanted) {
    Step step;
    step.key = kConfig;
    step.action = RefuseAction{Error(code, "refused", retry)};
    if (wanted) step.manifest = std::make_shared<const Manifest>();
    record.refused.push_back(std::move(step));
    record.all_applied = false;
    return *this;
  }
  Turn& heal() {
    record.whole_app = false;
    return *this;
  }
};

AppliedOutcome applied(bool changed = true) {
  return {{}, "v1", changed, false};
}
FailedOutcome failed(Retry retry = Retry::permanent) {
  return {Error(kDenied, "not allowed", retry)};
}

std::string shown(const AppStatus& status, const char* type) {
  const Condition* condition = find_condition(status.conditions, type);
  return condition == nullptr ? "absent" : condition->status + " " + condition->reason;
}
const std::string& message(const AppStatus& status, const char* type) {
  return find_condition(status.conditions, type)->message;
}
AppStatus after(const Turn& turn, const AppStatus& before = {}) {
  return summarise(turn.record, before);
}
AppStatus ready() {
  return after(Turn().step(kWeb, StepReason::created, applied()));
}
std::vector<std::string> events(const AppStatus& before, const Turn& turn) {
  std::vector<std::string> out;
  for (const Notice& one : notices(before, after(turn, before), turn.record)) {
    out.push_back(one.reason);
  }
  return out;
}

TEST(AppStatus, AppliedAndHealthyIsReady) {
  const AppStatus status = ready();
  EXPECT_EQ(shown(status, "Ready"), "True Applied");
  EXPECT_EQ(shown(status, "Healthy"), "True Current");
  EXPECT_EQ(shown(status, "Reconciling"), "absent");
  EXPECT_EQ(shown(status, "Stalled"), "absent");
  EXPECT_EQ(status.applied, "2/2");
  EXPECT_EQ(status.last_applied_revision, Turn().record.revision->display());
  ASSERT_EQ(status.history.size(), 1u);
  EXPECT_EQ(status.history[0].changed, 1);
}

TEST(AppStatus, EachStageHasItsReasonAndOnlyAChangeStalls) {
  const auto stopped = [](Stage stage, Retry retry) {
    return after(Turn("2").stop(stage, retry), ready());
  };
  EXPECT_EQ(shown(stopped(Stage::fetch, Retry::transient), "Ready"), "False SourceNotReady");
  EXPECT_EQ(shown(stopped(Stage::fetch, Retry::transient), "Stalled"), "absent");
  const AppStatus render = stopped(Stage::render, Retry::permanent);
  EXPECT_EQ(shown(render, "Ready"), "False RenderFailed");
  EXPECT_EQ(shown(render, "Stalled"), "True RenderFailed");
  EXPECT_THAT(message(render, "Ready"), HasSubstr("a.yaml:7"));
  EXPECT_EQ(render.last_applied_revision, ready().last_applied_revision);
  EXPECT_NE(render.last_attempted_revision, render.last_applied_revision);
  EXPECT_EQ(shown(render, "Healthy"), "True Current") << "what was seen last still holds";
}

TEST(AppStatus, AFailedObjectIsCountedAndNamedWithItsPlace) {
  const AppStatus status = after(Turn()
                                     .step(kWeb, StepReason::created, failed())
                                     .step(kConfig, StepReason::created, applied()));
  EXPECT_EQ(shown(status, "Ready"), "False ApplyFailed");
  EXPECT_EQ(shown(status, "Stalled"), "True ApplyFailed");
  EXPECT_EQ(message(status, "Ready"),
            "1/2 applied; apps/Deployment prod/web: not allowed (web.yaml:3)");
  EXPECT_EQ(status.last_applied_revision, "");
  EXPECT_EQ(
      shown(after(Turn().step(kWeb, StepReason::created, failed(Retry::transient))), "Stalled"),
      "absent");
  EXPECT_EQ(shown(after(Turn().step(kWeb, StepReason::changed, failed(Retry::conflict))), "Ready"),
            "False Conflict");
}

TEST(AppStatus, ASuccessfulHealDoesNotMendTheWholeApp) {
  const AppStatus render = after(Turn("2").stop(Stage::render, Retry::permanent), ready());
  const Turn heal = Turn("1").heal().step(kConfig, StepReason::drifted, applied());
  EXPECT_EQ(shown(after(heal, render), "Ready"), "False RenderFailed");
  const AppStatus denied = after(Turn().step(kWeb, StepReason::created, failed()));
  EXPECT_EQ(shown(after(heal, denied), "Ready"), "False ApplyFailed");
  EXPECT_EQ(after(heal, denied).problems, denied.problems);
  const AppStatus waiting = after(Turn()
                                      .step(kWeb, StepReason::created, SkippedOutcome{"later"})
                                      .health(kConfig, {HealthStatus::in_progress, "soon"}));
  EXPECT_EQ(shown(after(heal, waiting), "Ready"), "Unknown Progressing")
      << "the wave that was left out has not begun";
  EXPECT_EQ(essence_of(after(heal, ready())), essence_of(ready())) << "no write for a heal";
}

TEST(AppStatus, AFailedHealIsTold) {
  const AppStatus status = after(Turn().heal().step(kWeb, StepReason::drifted, failed()), ready());
  EXPECT_EQ(shown(status, "Ready"), "False ApplyFailed");
}

TEST(AppStatus, RefusalsOfOneCauseGiveItsName) {
  const ErrorCode owned{601, "OwnedByAnotherApp"};
  EXPECT_EQ(shown(after(Turn().refuse(owned, Retry::conflict, true)), "Ready"),
            "False OwnedByAnotherApp");
  EXPECT_EQ(shown(after(Turn().refuse(owned, Retry::conflict, true)), "Stalled"), "absent");
  const AppStatus mixed =
      after(Turn().refuse(owned, Retry::conflict, true).refuse(kDenied, Retry::denied, true));
  EXPECT_EQ(shown(mixed, "Ready"), "False ApplyFailed");
  EXPECT_EQ(shown(mixed, "Stalled"), "True ApplyFailed");
}

TEST(AppStatus, AHeldPruneDoesNotHideThatTheRevisionIsApplied) {
  const AppStatus status = after(Turn("2").refuse(kDenied, Retry::denied, false), ready());
  EXPECT_EQ(shown(status, "Ready"), "False PruneHeld");
  EXPECT_EQ(status.last_applied_revision, Turn("2").record.revision->display());
  Turn empty("3");
  empty.refuse({603, "EmptyRender"}, Retry::denied, false).record.desired_objects = 0;
  EXPECT_EQ(shown(after(empty, status), "Ready"), "False EmptyRender");
  EXPECT_EQ(after(empty, status).last_applied_revision, status.last_applied_revision);
}

TEST(AppStatus, ProgressEndsInTimeCountedFromTheRevision) {
  const auto rolling = [](const char* commit, int seconds) {
    return Turn(commit).at(seconds).health(kWeb, {HealthStatus::in_progress, "0 of 3 replicas"});
  };
  const AppStatus first = after(rolling("2", 0), ready());
  EXPECT_EQ(shown(first, "Ready"), "Unknown Progressing");
  EXPECT_EQ(shown(first, "Reconciling"), "True Progressing");
  EXPECT_EQ(shown(after(rolling("2", 299), first), "Ready"), "Unknown Progressing");
  const AppStatus late = after(rolling("2", 300), first);
  EXPECT_EQ(shown(late, "Ready"), "False HealthCheckFailed");
  EXPECT_THAT(message(late, "Ready"), HasSubstr("not done within 5m0s"));
  EXPECT_EQ(shown(after(rolling("2", 301), late), "Ready"), "False HealthCheckFailed");
  // Another commit has its own time.
  const AppStatus next = after(rolling("3", 290), first);
  EXPECT_EQ(shown(after(rolling("3", 400), next), "Ready"), "Unknown Progressing");
  EXPECT_EQ(shown(after(rolling("3", 590), next), "Ready"), "False HealthCheckFailed");
}

TEST(AppStatus, TheCountsOfARolloutAreNotWorthAWrite) {
  const auto rolling = [](const char* text) {
    return Turn("2").health(kWeb, {HealthStatus::in_progress, text});
  };
  const AppStatus first = after(rolling("0 of 3 replicas available"), ready());
  const AppStatus second = after(rolling("1 of 3 replicas available"), first);
  EXPECT_EQ(essence_of(first), essence_of(second));
  EXPECT_NE(essence_of(second), essence_of(after(Turn("2"), second)));
  EXPECT_NE(essence_of(second),
            essence_of(after(Turn("2").health(kConfig, {HealthStatus::in_progress, "x"}), second)));
}

TEST(AppStatus, ANewerCommitThatChangesNothingIsNoNews) {
  EXPECT_EQ(after(Turn("2").at(60), ready()), ready());
}

TEST(AppStatus, ARevisionThatTookSeveralTurnsIsInTheHistory) {
  const AppStatus waits = after(Turn("2")
                                    .step(kWeb, StepReason::changed, applied())
                                    .step(kConfig, StepReason::changed, SkippedOutcome{"later"})
                                    .health(kWeb, {HealthStatus::in_progress, "soon"}),
                                ready());
  EXPECT_EQ(waits.history.size(), 1u);
  const AppStatus done = after(Turn("2").step(kConfig, StepReason::changed, applied()), waits);
  ASSERT_EQ(done.history.size(), 2u);
  EXPECT_EQ(done.history[0].revision, Turn("2").record.revision->display());
  EXPECT_EQ(after(Turn("2").step(kWeb, StepReason::drifted, applied()), done).history, done.history)
      << "a heal is not a change of the revision";
}

TEST(AppStatus, ADeletionThatFinalizersHoldKeepsTheAppWaiting) {
  const AppStatus status =
      after(Turn("2").step(kConfig, StepReason::left_source, DeletingOutcome{{"a.example/hold"}}),
            ready());
  EXPECT_EQ(shown(status, "Ready"), "Unknown Progressing");
  EXPECT_THAT(message(status, "Ready"), HasSubstr("a.example/hold"));
}

TEST(AppStatus, DriftThatIsLeftAloneIsShown) {
  Turn turn;
  turn.record.spec.heal = HealMode::warn;
  turn.record.unhealed.push_back(
      {kWeb, KeepAction{}, StepReason::heal_disabled, "spec.replicas by kubectl-edit", {}, false});
  const AppStatus status = after(turn, ready());
  EXPECT_EQ(shown(status, "Ready"), "True Applied");
  EXPECT_THAT(message(status, "Drifted"), HasSubstr("kubectl-edit"));
  EXPECT_EQ(shown(after(Turn(), status), "Drifted"), "absent");
  EXPECT_THAT(events(ready(), turn), testing::ElementsAre("Drifted"));
  EXPECT_THAT(events(status, turn), testing::ElementsAre());
}

TEST(AppStatus, WarningsAreShownWhileTheyLastAndToldOnce) {
  const auto warned = [](const char* commit, std::vector<Warning> warnings) {
    Turn turn(commit);
    turn.record.warnings = std::move(warnings);
    return turn;
  };
  const Turn first =
      warned("2", {{"spec.ignore[0] fits no object", {}}, {"left out", {"a.yaml", 3, 0}}});
  const AppStatus status = after(first, ready());
  EXPECT_THAT(status.warnings,
              testing::ElementsAre("spec.ignore[0] fits no object", "left out (a.yaml:3)"));
  EXPECT_EQ(shown(status, "Ready"), "True Applied");
  EXPECT_THAT(events(ready(), first), testing::ElementsAre("Warnings"));
  EXPECT_NE(essence_of(status), essence_of(ready()));
  EXPECT_EQ(after(warned("3", first.record.warnings), status), status) << "no news, no write";
  EXPECT_EQ(after(Turn("3").stop(Stage::render, Retry::permanent), status).warnings,
            status.warnings);
  EXPECT_THAT(after(Turn("3"), status).warnings, testing::IsEmpty());
  EXPECT_THAT(events(status, Turn("3")), testing::IsEmpty());
  const AppStatus many = after(warned("2", std::vector<Warning>(25, {std::string(600, 'x'), {}})));
  ASSERT_EQ(many.warnings.size(), 20u);
  EXPECT_EQ(many.warnings.back(), "6 more");
  EXPECT_LT(many.warnings.front().size(), 510u);
}

TEST(AppStatus, MessagesAreCutBetweenCharacters) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "é";
  const std::vector<Condition> none;
  ConditionSet conditions(none, 1, WallTime{});
  conditions.set("Ready", "False", "X", "a" + text);
  const std::string cut = std::move(conditions).take()[0].message;
  EXPECT_LE(cut.size(), 32u * 1024);
  EXPECT_THAT(cut, testing::EndsWith("é …"));
}

TEST(AppStatus, TimesMoveOnlyWithTheStatus) {
  const AppStatus first = after(Turn().step(kWeb, StepReason::created, failed()));
  const AppStatus second = after(Turn().at(60).step(kWeb, StepReason::created, failed()), first);
  EXPECT_EQ(first, second);
}

TEST(Notices, TellTransitionsOnly) {
  const auto crash = [](const char* text) {
    return Turn().health(kWeb, {HealthStatus::failed, text});
  };
  EXPECT_THAT(events({}, Turn().step(kWeb, StepReason::created, applied())),
              testing::ElementsAre("Applied"));
  EXPECT_THAT(events(ready(), crash("back-off 10s")), testing::ElementsAre("HealthCheckFailed"));
  const AppStatus failing = after(crash("back-off 10s"), ready());
  EXPECT_THAT(events(failing, crash("back-off 20s")), testing::ElementsAre());
  EXPECT_THAT(events(failing, Turn()), testing::ElementsAre("Recovered"));
  EXPECT_THAT(events(ready(), Turn("2").step(kConfig, StepReason::left_source, DeletedOutcome{})),
              testing::ElementsAre("Pruned"));
  EXPECT_THAT(events(ready(), Turn("2").step(kWeb, StepReason::changed, applied())),
              testing::ElementsAre())
      << "the history tells it";
  const Turn heal = Turn().heal().step(kWeb, StepReason::drifted, applied());
  const std::vector<Notice> told = notices(ready(), after(heal, ready()), heal.record);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_THAT(told[0].message, HasSubstr("kubectl-edit"));
  EXPECT_EQ(told[0].object, kWeb);
}

TEST(Notices, TellSuspensionAndManyHealsBriefly) {
  Turn suspended;
  suspended.record.spec.suspend = true;
  EXPECT_THAT(events(ready(), suspended), testing::ElementsAre("Suspended"));
  EXPECT_THAT(events(after(suspended, ready()), Turn()),
              testing::ElementsAre("Resumed", "Recovered"));
  Turn many;
  many.heal();
  for (int i = 0; i < 100; ++i) {
    many.step({"", "ConfigMap", "prod", "c" + std::to_string(i)}, StepReason::drifted, applied());
  }
  EXPECT_LE(events(ready(), many).size(), 11u);
}

}  // namespace
}  // namespace plumb
