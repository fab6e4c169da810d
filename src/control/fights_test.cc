#include "control/fights.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

using std::chrono::seconds;

const ObjectKey kWeb{"apps", "Deployment", "prod", "web"};
const ObjectKey kDb{"apps", "Deployment", "prod", "db"};
constexpr const char* kScaler = "scaler";

Monotonic at(int second) {
  return Monotonic(seconds(1000 + second));
}

// Seconds the next heal has to wait; 0: it is free.
int64_t wait_of(const Fights& fights, int now, const ObjectKey& key = kWeb,
                const std::string& rival = kScaler) {
  const HealHolds holds = fights.holds(at(now));
  const auto found = holds.find({key, rival});
  if (found == holds.end()) return 0;
  return std::chrono::duration_cast<seconds>(found->second).count();
}

TEST(Fights, ThreeHealsAMinuteAreFree) {
  Fights fights;
  for (const int second : {0, 10, 20}) {
    EXPECT_EQ(wait_of(fights, second), 0) << second;
    fights.healed(kWeb, kScaler, at(second));
  }
  EXPECT_EQ(wait_of(fights, 20), 2);
  EXPECT_EQ(wait_of(fights, 22), 0);
}

TEST(Fights, WaitsTwiceAsLongEachTimeUpToFiveMinutes) {
  Fights fights;
  int now = 0;
  for (int i = 0; i < 3; ++i) fights.healed(kWeb, kScaler, at(now));
  for (const int64_t wait : {2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
    ASSERT_EQ(wait_of(fights, now), wait);
    now += static_cast<int>(wait);
    EXPECT_EQ(wait_of(fights, now), 0);
    fights.healed(kWeb, kScaler, at(now));
  }
}

TEST(Fights, HealsFarApartAreNoFight) {
  Fights fights;
  for (int now = 0; now < 600; now += 31) {
    fights.healed(kWeb, kScaler, at(now));
    EXPECT_EQ(wait_of(fights, now), 0) << now;
  }
}

TEST(Fights, EndsWhenTheOtherLetsGo) {
  Fights fights;
  for (int i = 0; i < 3; ++i) fights.healed(kWeb, kScaler, at(i));
  EXPECT_GT(wait_of(fights, 2), 0);
  fights.healed(kWeb, kScaler, at(100));
  EXPECT_EQ(wait_of(fights, 100), 0);
}

TEST(Fights, AreOfOneObjectAndOneManager) {
  Fights fights;
  for (int i = 0; i < 3; ++i) fights.healed(kWeb, kScaler, at(i));
  EXPECT_EQ(wait_of(fights, 2, kDb), 0);
  EXPECT_EQ(wait_of(fights, 2, kWeb, "kubectl-edit"), 0);
}

TEST(Fights, AreToldOnce) {
  Fights fights;
  EXPECT_FALSE(fights.announce(kWeb, kScaler));
  for (int i = 0; i < 4; ++i) fights.healed(kWeb, kScaler, at(i));
  EXPECT_TRUE(fights.announce(kWeb, kScaler));
  fights.healed(kWeb, kScaler, at(9));
  EXPECT_FALSE(fights.announce(kWeb, kScaler));
}

}  // namespace
}  // namespace plumb
