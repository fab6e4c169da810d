#include "model/kept_status.h"

#include <gtest/gtest.h>

namespace plumb {
namespace {

HistoryEntry entry(int number) {
  HistoryEntry out{.revision = "main@sha1:3f1c2ab" + std::to_string(number),
                   .author = "Ada",
                   .subject = "change \n " + std::string(static_cast<size_t>(number), 'x'),
                   .applied_at = WallTime(std::chrono::milliseconds(1'700'000'000'123 + number)),
                   .duration_ms = number,
                   .changed = 3,
                   .pruned = 1,
                   .health = "Current",
                   .manifests = std::string(64, 'a')};
  for (int i = 0; i < 20; ++i) out.objects.push_back("ConfigMap/web-" + std::to_string(i));
  return out;
}

AppStatus status(int revisions) {
  AppStatus out;
  out.observed_generation = 3;
  out.conditions = {{"Ready", "True", "Synced", "all is well", WallTime(), 3}};
  for (int i = 0; i < revisions; ++i) out.history.push_back(entry(i));
  return out;
}

TEST(KeptStatus, GivesBackWhatItWasGivenButTheInventory) {
  AppStatus before = status(10);
  before.history[4].signer = "ada@example.org";
  before.history[4].grants = {{"prod", {"bob", "carol"}}, {"any", {}}};
  before.history[5] = HistoryEntry{};
  AppStatus given = before;
  given.inventory = Inventory({{{"", "Namespace", "", "prod"}, "v1", std::nullopt}});
  EXPECT_EQ(KeptStatus(given).whole(), before);
  EXPECT_EQ(KeptStatus(status(0)).whole(), status(0));
  EXPECT_EQ(KeptStatus().whole(), AppStatus());
}

TEST(KeptStatus, TellsTheRestWithoutUnpacking) {
  const KeptStatus kept(status(2));
  EXPECT_EQ(kept.brief(), status(0));
}

TEST(KeptStatus, TakesLittle) {
  EXPECT_LT(KeptStatus(status(10)).packed_bytes(), 600u);
}

}  // namespace
}  // namespace plumb
