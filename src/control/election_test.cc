#include "control/election.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

using std::chrono::seconds;

Lease held_by(const std::string& holder, const std::string& version) {
  Lease lease;
  lease.holder = holder;
  lease.duration = seconds(15);
  lease.resource_version = version;
  return lease;
}

TEST(Election, a_lease_is_free_when_nobody_has_it) {
  const ManualClock clock;
  EXPECT_EQ(standing(see(std::nullopt, Lease{}, clock.now()), "me", clock.now()), Standing::free);
  EXPECT_EQ(standing(see(std::nullopt, held_by("", "7"), clock.now()), "me", clock.now()),
            Standing::free);
  EXPECT_EQ(standing(see(std::nullopt, held_by("me", "7"), clock.now()), "me", clock.now()),
            Standing::ours);
}

TEST(Election, a_lease_is_abandoned_by_our_own_clock) {
  ManualClock clock;
  LeaseSeen seen = see(std::nullopt, held_by("other", "7"), clock.now());
  EXPECT_EQ(standing(seen, "me", clock.now()), Standing::taken);
  clock.advance(seconds(14));
  seen = see(seen, held_by("other", "7"), clock.now());
  EXPECT_EQ(standing(seen, "me", clock.now()), Standing::taken);
  clock.advance(seconds(1));
  EXPECT_EQ(standing(seen, "me", clock.now()), Standing::free);
  // Renewed in the last moment.
  seen = see(seen, held_by("other", "8"), clock.now());
  EXPECT_EQ(standing(seen, "me", clock.now()), Standing::taken);
}

TEST(Election, a_lease_that_was_deleted_is_still_its_holders) {
  ManualClock clock;
  LeaseSeen seen = see(std::nullopt, held_by("other", "7"), clock.now());
  clock.advance(seconds(5));
  seen = see(seen, Lease{}, clock.now());
  EXPECT_EQ(standing(seen, "me", clock.now()), Standing::taken);
  EXPECT_EQ(seen.lease.resource_version, "");
  clock.advance(seconds(10));
  EXPECT_EQ(standing(seen, "me", clock.now()), Standing::free);
}

TEST(Election, times_have_the_form_of_kubernetes) {
  EXPECT_EQ(
      format_micro_time(*parse_rfc3339("2026-11-23T09:38:50Z") + std::chrono::milliseconds(7)),
      "2026-11-23T09:38:50.007000Z");
}

TEST(Election, times_must_fit) {
  ElectionOptions options;
  options.renew_deadline = options.duration;
  const auto refused = Election::start(nullptr, options, nullptr, {}, Log());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), kElectionTimes);
}

}  // namespace
}  // namespace plumb
