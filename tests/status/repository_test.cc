// What a Repository's status and Events say of its trust: transitions only.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/status/conditions.h"
#include "core/status/notices.h"
#include "core/status/repository_status.h"

namespace plumb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const ErrorCode kUnsigned{431, "Unsigned"};
const ErrorCode kUnreachable{302, "RepositoryUnreachable"};

// A repository over time: each turn is folded into its status.
struct Life {
  RepositoryStatus status;
  RepositorySpec spec;
  WallTime now = parse_rfc3339("2026-03-01T10:00:00Z").value();

  [[nodiscard]] RepositoryTurn turn() const {
    Revision revision;
    revision.ref = RefName("refs/heads/main");
    revision.commit = CommitId(std::string(40, 'a'));
    return {.spec = spec, .revision = revision, .policy = "prod", .error = {}, .now = now};
  }

  std::vector<std::string> live(const RepositoryTurn& turn, const std::string& rewound = {}) {
    const RepositoryStatus before = status;
    status = summarise_repository(turn, before);
    now += std::chrono::minutes(1);
    std::vector<std::string> told;
    for (const Notice& one : repository_notices(before, status, rewound)) {
      told.push_back((one.warning ? "! " : "") + one.reason);
    }
    return told;
  }

  [[nodiscard]] std::string condition(std::string_view type) const {
    const Condition* found = find_condition(status.conditions, type);
    return found == nullptr ? "" : found->status + " " + found->reason;
  }
};

TEST(RepositoryAlarms, ARefusalIsToldOnceForEachCommit) {
  Life life;
  EXPECT_THAT(life.live(life.turn()), IsEmpty());
  RepositoryTurn refused = life.turn();
  refused.error = Error(kUnsigned, "commit b is not signed", Retry::denied);
  EXPECT_THAT(life.live(refused), ElementsAre("! Unsigned"));
  EXPECT_THAT(life.live(refused), IsEmpty());
  // What lies between says nothing of trust.
  RepositoryTurn down = life.turn();
  down.error = Error(kUnreachable, "no answer", Retry::transient);
  EXPECT_THAT(life.live(down), IsEmpty());
  EXPECT_EQ(life.condition("Trusted"), "False Unsigned");
  EXPECT_THAT(life.live(refused), IsEmpty());
  refused.error = Error(kUnsigned, "commit c is not signed", Retry::denied);
  EXPECT_THAT(life.live(refused), ElementsAre("! Unsigned"));
  EXPECT_THAT(life.live(life.turn()), ElementsAre("Verified"));
  EXPECT_THAT(life.live(life.turn()), IsEmpty());
}

TEST(RepositoryAlarms, ASourceBecomesStaleAndFreshAgain) {
  Life life;
  RepositoryTurn turn = life.turn();
  turn.freshness = {true, "commit a is of 10:00"};
  EXPECT_THAT(life.live(turn), IsEmpty());
  turn.freshness = {false, "nothing newer than commit a"};
  EXPECT_THAT(life.live(turn), ElementsAre("! Stale"));
  EXPECT_EQ(life.condition("Fresh"), "False Stale");
  EXPECT_EQ(life.condition("Ready"), "True Fetched");  // an alarm, and no more
  EXPECT_THAT(life.live(turn), IsEmpty());
  turn.freshness = {true, "a heartbeat by ci"};
  EXPECT_THAT(life.live(turn), ElementsAre("Fresh"));
  turn.freshness = {true, "another heartbeat by ci"};
  EXPECT_THAT(life.live(turn), IsEmpty());
  turn.freshness.reset();  // the policy does not ask any longer
  EXPECT_THAT(life.live(turn), IsEmpty());
  EXPECT_EQ(life.condition("Fresh"), "");
}

TEST(RepositoryAlarms, CompromisedKeysAndRewindsAreTold) {
  Life life;
  RepositoryTurn turn = life.turn();
  turn.doubtful = {CommitId(std::string(40, 'b'))};
  EXPECT_THAT(life.live(turn), ElementsAre("! KeyCompromised"));
  EXPECT_THAT(life.live(turn), IsEmpty());
  EXPECT_EQ(life.condition("Compromised"), "True KeyCompromised");
  EXPECT_THAT(life.live(turn, std::string(40, 'c')), ElementsAre("! Rewound"));
  turn.doubtful.clear();
  EXPECT_THAT(life.live(turn), IsEmpty());
  EXPECT_EQ(life.condition("Compromised"), "");
}

}  // namespace
}  // namespace plumb
