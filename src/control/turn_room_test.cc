#include "control/turn_room.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace plumb {
namespace {

constexpr uint64_t kHalf = TurnRoom::kAll / 2;
const AppKey kA{{"prod", "a"}};
const AppKey kB{{"prod", "b"}};
const AppKey kC{{"prod", "c"}};

TEST(TurnRoom, IsSharedUpToItsSize) {
  TurnRoom room;
  const Monotonic now{};
  auto first = room.enter(kA, kHalf, now);
  auto second = room.enter(kB, kHalf, now);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(room.enter(kC, 1, now), nullptr);
  first.reset();
  EXPECT_NE(room.enter(kC, kHalf, now), nullptr);
}

TEST(TurnRoom, WhatIsLargerThanAllGoesAlone) {
  TurnRoom room;
  const Monotonic now{};
  auto huge = room.enter(kA, 10 * TurnRoom::kAll, now);
  ASSERT_NE(huge, nullptr);
  EXPECT_EQ(room.enter(kB, 1, now), nullptr);
  huge->shrink_to(kHalf);
  EXPECT_NE(room.enter(kB, kHalf, now), nullptr);
}

TEST(TurnRoom, WhoCameFirstIsNotPassedBy) {
  TurnRoom room;
  Monotonic now{};
  auto small = room.enter(kA, kHalf, now);
  EXPECT_EQ(room.enter(kB, TurnRoom::kAll, now), nullptr);
  EXPECT_EQ(room.enter(kC, kHalf, now), nullptr) << "there is room, but B was first";
  now += TurnRoom::kComeBackIn;
  small.reset();
  EXPECT_EQ(room.enter(kC, kHalf, now), nullptr);
  EXPECT_NE(room.enter(kB, TurnRoom::kAll, now), nullptr);
}

TEST(TurnRoom, ARepositoryIsNotTheAppOfItsName) {
  TurnRoom room;
  const Monotonic now{};
  auto small = room.enter(kA, kHalf, now);
  EXPECT_EQ(room.enter(RepositoryKey{kB}, TurnRoom::kAll, now), nullptr);
  EXPECT_EQ(room.enter(kB, kHalf, now), nullptr);
  small.reset();
  EXPECT_EQ(room.enter(kB, kHalf, now), nullptr);
  EXPECT_NE(room.enter(RepositoryKey{kB}, TurnRoom::kAll, now), nullptr);
}

TEST(TurnRoom, WhoDoesNotComeBackIsForgotten) {
  TurnRoom room;
  Monotonic now{};
  auto small = room.enter(kA, kHalf, now);
  EXPECT_EQ(room.enter(kB, TurnRoom::kAll, now), nullptr);
  now += 100 * TurnRoom::kComeBackIn;
  EXPECT_NE(room.enter(kC, kHalf, now), nullptr);
}

TEST(TurnRoom, ManyAtOnceAreNeverMoreThanFit) {
  TurnRoom room;
  std::atomic<uint64_t> used{0};
  std::atomic<uint64_t> most{0};
  std::atomic<int> served{0};
  const auto work = [&](int worker) {
    const AppKey app{{"prod", std::to_string(worker)}};
    for (int turn = 0; turn < 50; ++turn) {
      const uint64_t bytes = TurnRoom::kAll / static_cast<uint64_t>(1 + (worker + turn) % 8);
      std::shared_ptr<TurnRoom::Hold> hold;
      while (!(hold = room.enter(app, bytes, SystemClock().now()))) std::this_thread::yield();
      const uint64_t now = used += bytes;
      for (uint64_t seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
      }
      std::this_thread::yield();
      used -= bytes;
      ++served;
    }
  };
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 8; ++i) workers.emplace_back(work, i);
  }
  EXPECT_EQ(served, 400);
  EXPECT_LE(most, TurnRoom::kAll);
}

TEST(TurnRoom, SmallRendersAreAPartOfTheWhole) {
  const Limits small = TurnRoom::small_limits();
  EXPECT_EQ(small.total_bytes, TurnRoom::kSmall);
  EXPECT_EQ(small.nodes, Limits().nodes / 16);
  EXPECT_LE(small.file_bytes, small.total_bytes);
  EXPECT_EQ(Limits().total_bytes, TurnRoom::kAll);
  EXPECT_EQ(small.objects, Limits().objects);
}

}  // namespace
}  // namespace plumb
