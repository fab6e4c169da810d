// Deadlines on a clock of the test's own: turns come when something happens and when the status
// asks for one, and the operator may be started anew between two of them.
#include "core/status/attempt.h"

#include <gtest/gtest.h>

#include "core/status/app_status.h"
#include "core/status/conditions.h"
#include "core/status/rollback.h"
#include "core/status/status_json.h"

namespace plumb {
namespace {

using std::chrono::seconds;

const ObjectKey kWeb{"apps", "Deployment", "prod", "web"};
const ObjectKey kSecret{"", "Secret", "prod", "key"};
const ObjectKey kLater{"", "ConfigMap", "prod", "later"};
constexpr WallTime kBegin{std::chrono::hours(1000)};
constexpr seconds kTimeout{300};

// What a turn of the whole app finds.
struct Found {
  HealthStatus health = HealthStatus::current;
  bool waits_at_a_wave = false;
  bool apply_fails = false;
  std::optional<Stage> stopped = std::nullopt;
  char manifests = 0;  // what the commit renders to; 0: not told
  bool changes = true;
  bool changes_secret = false;
};

class Story {
 public:
  Story() {
    spec_.key = {{"prod", "web"}};
    spec_.generation = 1;
    spec_.timeout = kTimeout;
    spec_.rollback = RollbackSpec{"reg.example/plumb-ci:v1", "push"};
    turn(0, '1', {});
  }

  void turn(int second, char commit, Found found) {
    TurnRecord record;
    record.spec = spec_;
    record.started = record.finished = kBegin + seconds(second);
    Revision revision;
    revision.ref = RefName("refs/heads/main");
    revision.commit = CommitId(std::string(40, commit));
    record.revision = revision;
    if (found.manifests != 0) record.manifests = std::string(32, found.manifests);
    if (found.stopped) {
      record.stopped = StageError{*found.stopped, Error(kInternal, "broken", Retry::transient)};
    } else {
      add_outcome(record, found, commit);
    }
    status_ = summarise(record, status_);
    now_ = record.finished;
    if (const auto order = rollback_due(spec_, status_, now_)) {
      if (!rolled_back_at) rolled_back_at = second;
      orders.push_back(*order);
      status_.rollback.revision = order->revision;
    }
  }

  // Turns at which nothing is new, each when the one before asks for it.
  void wait(char commit, Found found) {
    for (int turns = 0; turns < 10; ++turns) {
      const std::optional<Duration> next = deadline_in(spec_, status_, now_);
      if (!next) return;
      const auto due = std::chrono::ceil<seconds>(now_ - kBegin + *next);
      turn(static_cast<int>(due.count()), commit, found);
    }
    FAIL() << "asks for turns without end";
  }

  void restart() { status_ = *app_status_of(to_value(status_)); }

  [[nodiscard]] std::string ready() const {
    return find_condition(status_.conditions, "Ready")->reason;
  }

  [[nodiscard]] const AppStatus& status() const { return status_; }

  std::optional<int> rolled_back_at;
  std::vector<RollbackOrder> orders;

 private:
  // The commit changed the Deployment once.
  void add_outcome(TurnRecord& record, const Found& found, char commit) {
    record.applied = Applied{};
    const bool is_new = found.changes && changed_.find(commit) == std::string::npos;
    if (found.apply_fails) {
      step(record, kWeb, FailedOutcome{Error(kInternal, "webhook is down", Retry::transient)});
    } else if (is_new) {
      changed_ += commit;
      step(record, kWeb, AppliedOutcome{{}, "v1", true, false});
    }
    if (found.changes_secret) step(record, kSecret, AppliedOutcome{{}, "v1", true, false});
    if (found.waits_at_a_wave) step(record, kLater, SkippedOutcome{"waits"});
    record.health = HealthReport{found.health, {{kWeb, {found.health, "what it is"}}}};
    record.desired_objects = 2;
  }

  static void step(TurnRecord& record, const ObjectKey& key, Outcome outcome) {
    record.applied->steps.push_back({key, StepReason::changed, std::move(outcome), {}, {}, {}});
  }

  AppSpec spec_;
  AppStatus status_;
  WallTime now_{};
  std::string changed_;
};

constexpr Found kRolling{.health = HealthStatus::in_progress};
constexpr Found kFailed{.health = HealthStatus::failed};
constexpr Found kAtAWave{.health = HealthStatus::in_progress, .waits_at_a_wave = true};
constexpr Found kDenied{.health = HealthStatus::in_progress, .apply_fails = true};

TEST(Attempt, IsOverAfterTheTimeoutWhateverItWaitsFor) {
  for (const Found& found : {kRolling, kFailed, kAtAWave}) {
    Story story;
    story.turn(1000, '2', found);
    story.turn(1299, '2', found);  // something happened just before
    EXPECT_FALSE(story.rolled_back_at);
    story.wait('2', found);
    EXPECT_EQ(story.rolled_back_at, 1300);
    EXPECT_EQ(story.ready(), "HealthCheckFailed");
  }
}

TEST(Attempt, OutlivesTheOperator) {
  for (const Found& found : {kRolling, kFailed, kAtAWave}) {
    Story story;
    story.turn(1000, '2', found);
    story.restart();
    story.turn(1200, '2', found);
    story.restart();
    story.wait('2', found);
    EXPECT_EQ(story.rolled_back_at, 1300);
  }
}

TEST(Attempt, CountsOnThroughWhatInterruptsIt) {
  Story story;
  story.turn(1000, '2', kFailed);
  story.turn(1100, '2', kRolling);
  story.turn(1200, '2', {.stopped = Stage::render});  // a variable is missing for a while
  story.turn(1250, '2', kAtAWave);
  story.wait('2', kAtAWave);
  EXPECT_EQ(story.rolled_back_at, 1300);
}

TEST(Attempt, BeginsWhenAllThatIsWantedCouldBeApplied) {
  Story story;
  story.turn(1000, '2', {.stopped = Stage::dependencies});
  story.turn(2000, '2', kDenied);
  story.wait('2', kDenied);
  EXPECT_EQ(story.ready(), "ApplyFailed");
  story.turn(3000, '2', kRolling);
  EXPECT_EQ(story.ready(), "Progressing");
  story.wait('2', kRolling);
  EXPECT_EQ(story.rolled_back_at, 3300);
}

TEST(Attempt, OfAnotherCommitHasItsOwnTime) {
  Story story;
  story.turn(1000, '2', kRolling);
  story.turn(1290, '3', kRolling);
  story.wait('3', kRolling);
  EXPECT_EQ(story.rolled_back_at, 1590);
}

// A repository with commits more often than spec.timeout: each is of the whole, and changes nothing
// of the app.
TEST(Attempt, GoesOnOverCommitsThatChangeNothingOfTheApp) {
  for (Found found : {kRolling, kFailed, kAtAWave}) {
    for (const bool restarts : {false, true}) {
      Story story;
      found.manifests = 'b';
      found.changes = true;
      story.turn(1000, '2', found);
      found.changes = false;
      for (int second = 1020; second < 1300; second += 20) {
        if (restarts) story.restart();
        story.turn(second, static_cast<char>('a' + second / 20 % 6), found);
        EXPECT_FALSE(story.rolled_back_at);
      }
      story.turn(1299, '3', found);
      story.wait('3', found);
      EXPECT_EQ(story.rolled_back_at, 1300);
      EXPECT_EQ(story.ready(), "HealthCheckFailed");
      // It stays so with the commits after, is ordered once, and is told as that of the first.
      for (int second = 1310; second < 2000; second += 50) {
        if (restarts) story.restart();
        story.turn(second, static_cast<char>('a' + second / 50 % 6), found);
        EXPECT_EQ(story.ready(), "HealthCheckFailed");
      }
      ASSERT_EQ(story.orders.size(), 1U);
      EXPECT_EQ(story.orders[0].bad.str(), std::string(40, '2'));
      EXPECT_EQ(story.orders[0].good.str(), std::string(40, '1'));
      EXPECT_EQ(story.orders[0].seen.str(), std::string(40, '3'));
      EXPECT_LE(story.status().history.size(), 2U) << "one entry for what is the same";
    }
  }
}

TEST(Attempt, OfOtherManifestsBeginsAnew) {
  Story story;
  Found found = kRolling;
  found.manifests = 'b';
  story.turn(1000, '2', found);
  found.manifests = 'c';
  story.turn(1200, '3', found);
  story.turn(1290, '4', {.stopped = Stage::fetch});  // not known what it renders to
  story.turn(1295, '4', found);
  story.wait('4', found);
  EXPECT_EQ(story.rolled_back_at, 1500);
  EXPECT_EQ(story.orders[0].bad.str(), std::string(40, '3'));
}

TEST(Attempt, OfAnotherSecretBeginsAnew) {
  Story story;
  Found found = kRolling;
  found.manifests = 'b';
  story.turn(1000, '2', found);
  found.changes = false;
  found.changes_secret = true;  // which the hash of manifests does not tell
  story.turn(1200, '3', found);
  found.changes_secret = false;
  story.restart();
  story.turn(1250, '3', found);
  story.turn(1290, '4', found);
  story.wait('4', found);
  EXPECT_EQ(story.rolled_back_at, 1500);
  EXPECT_EQ(story.orders[0].bad.str(), std::string(40, '3'));
}

TEST(Attempt, WhatWasWellIsNotUnprovenByALaterCommit) {
  Story story;
  Found found = kRolling;
  found.manifests = 'b';
  story.turn(1000, '2', found);
  story.turn(1100, '2', {.manifests = 'b'});
  // It fails much later, and somebody changes another app.
  found.changes = false;
  story.turn(5000, '2', found);
  story.turn(5200, '3', found);
  story.wait('3', found);
  EXPECT_EQ(story.ready(), "HealthCheckFailed");
  EXPECT_FALSE(story.rolled_back_at);
}

TEST(Attempt, OnceItWentWellItDoesNotComeBack) {
  Story story;
  story.turn(1000, '2', kRolling);
  story.turn(1100, '2', {});
  EXPECT_EQ(story.ready(), "Applied");
  // A rollout much later, of a heal for instance, has the whole time, and ends without a rollback.
  story.turn(9000, '2', kRolling);
  EXPECT_EQ(story.ready(), "Progressing");
  story.turn(9299, '2', kRolling);
  EXPECT_EQ(story.ready(), "Progressing");
  story.wait('2', kRolling);
  EXPECT_EQ(story.ready(), "HealthCheckFailed");
  EXPECT_FALSE(story.rolled_back_at);
}

}  // namespace
}  // namespace plumb
