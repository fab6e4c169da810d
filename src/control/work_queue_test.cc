#include "control/work_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace plumb {
namespace {

const NamespacedName kA{"ns", "a"};
const NamespacedName kB{"ns", "b"};
const ObjectKey kObject{"", "ConfigMap", "ns", "c"};

TEST(WorkQueue, MergesTriggersOfOneKey) {
  WorkQueue queue;
  queue.add(kA, Lane::commit);
  queue.add(kA, Lane::sweep);
  queue.add_object(kA, kObject);
  const auto item = queue.take(Lane::sweep);
  EXPECT_EQ(item->lane, Lane::heal);
  EXPECT_TRUE(item->whole);
  EXPECT_EQ(item->objects.size(), 1u);
  EXPECT_EQ(queue.waiting(), 0u);
}

TEST(WorkQueue, HealGoesFirstAndFirstSyncAfterCommit) {
  WorkQueue queue;
  queue.add({"ns", "first"}, Lane::first_sync);
  queue.add({"ns", "commit"}, Lane::commit);
  queue.add_object({"ns", "heal"}, kObject);
  EXPECT_EQ(queue.take(Lane::sweep)->key.name, "heal");
  EXPECT_EQ(queue.take(Lane::sweep)->key.name, "commit");
  EXPECT_EQ(queue.take(Lane::sweep)->key.name, "first");
}

TEST(WorkQueue, OneTurnPerKeyAtATime) {
  WorkQueue queue;
  queue.add(kA, Lane::commit);
  ASSERT_EQ(queue.take(Lane::sweep)->key, kA);
  queue.add(kA, Lane::commit);
  queue.add(kB, Lane::commit);
  EXPECT_EQ(queue.take(Lane::sweep)->key, kB);
  queue.done(kA);
  EXPECT_EQ(queue.take(Lane::sweep)->key, kA);
}

TEST(WorkQueue, AWorkerOfTheHealLaneLeavesOtherWorkAlone) {
  WorkQueue queue;
  queue.add(kA, Lane::commit);
  std::optional<WorkItem> taken;
  std::thread worker([&] { taken = queue.take(Lane::heal); });
  queue.add_object(kB, kObject);
  worker.join();
  EXPECT_EQ(taken->key, kB);
}

TEST(WorkQueue, TheEarlierTimerWinsAndForgetDropsIt) {
  WorkQueue queue;
  const Monotonic now = std::chrono::steady_clock::now();
  queue.add_at(kA, now + std::chrono::hours(1));
  queue.add_at(kA, now + std::chrono::milliseconds(5));
  queue.add_at(kB, now + std::chrono::milliseconds(1));
  queue.forget(kB);
  EXPECT_EQ(queue.take(Lane::sweep)->key, kA);
}

TEST(WorkQueue, ASweepThatWaitedLongGoesAsACommit) {
  WorkQueue queue(std::chrono::milliseconds(20));
  queue.add(kA, Lane::sweep);
  queue.add(kB, Lane::first_sync);
  EXPECT_EQ(queue.take(Lane::sweep)->key, kB);
  queue.add({"ns", "c"}, Lane::first_sync);
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  const auto item = queue.take(Lane::sweep);
  EXPECT_EQ(item->key, kA);
  EXPECT_EQ(item->lane, Lane::commit);
}

TEST(WorkQueue, IsPressedByAllButSweeps) {
  WorkQueue queue;
  queue.add(kA, Lane::sweep);
  EXPECT_FALSE(queue.is_pressed());
  queue.add(kB, Lane::first_sync);
  EXPECT_TRUE(queue.is_pressed());
  EXPECT_EQ(queue.take(Lane::sweep)->key, kB);
  EXPECT_FALSE(queue.is_pressed());
  queue.add(kB, Lane::commit);  // its own turn runs: nobody else waits
  EXPECT_FALSE(queue.is_pressed());
}

TEST(WorkQueue, StopWakesEveryWaiter) {
  WorkQueue queue;
  std::thread worker([&] { EXPECT_FALSE(queue.take(Lane::sweep).has_value()); });
  queue.stop();
  worker.join();
}

}  // namespace
}  // namespace plumb
