#include "edge/cluster/request_gate.h"

#include <gmock/gmock.h>

#include <string>

namespace plumb {
namespace {

using testing::ElementsAre;

class Gate : public testing::Test {
 protected:
  void enter(Priority priority, const std::string& name) {
    gate_.enter(priority, {.start = [this, name] { started_.push_back(name); },
                           .refuse = [this, name] { refused_.push_back(name); }});
  }
  RequestGate gate_{ClientOptions{.window_least = 1, .window_start = 2, .window_most = 4}};
  std::vector<std::string> started_;
  std::vector<std::string> refused_;
};

TEST_F(Gate, lets_a_window_through_and_a_heal_before_all_others) {
  enter(Priority::first_sync, "first");
  enter(Priority::first_sync, "second");
  enter(Priority::sweep, "sweep");
  enter(Priority::commit, "commit");
  enter(Priority::heal, "heal");
  EXPECT_THAT(started_, ElementsAre("first", "second"));
  gate_.leave(std::chrono::milliseconds(1), true);  // throttled: the window is 1 now
  gate_.leave(std::chrono::milliseconds(1), true);
  EXPECT_THAT(started_, ElementsAre("first", "second", "heal"));
  gate_.leave(std::chrono::milliseconds(1), true);
  gate_.leave(std::chrono::milliseconds(1), true);
  EXPECT_THAT(started_, ElementsAre("first", "second", "heal", "commit", "sweep"));
}

TEST_F(Gate, grows_while_requests_wait_and_never_above_its_limit) {
  for (int i = 0; i < 100; ++i) enter(Priority::commit, "x");
  for (int i = 0; i < 60; ++i) gate_.leave(std::chrono::milliseconds(1), false);
  EXPECT_EQ(gate_.load().window, 4u);
  EXPECT_EQ(gate_.load().in_flight, 4u);
}

TEST_F(Gate, shrinks_when_latency_grows) {
  for (int i = 0; i < 200; ++i) enter(Priority::commit, "x");
  for (int i = 0; i < 64; ++i) gate_.leave(std::chrono::milliseconds(1), false);
  ASSERT_EQ(gate_.load().window, 4u);
  size_t least = 4;
  for (int i = 0; i < 64; ++i) {
    gate_.leave(std::chrono::milliseconds(10), false);
    least = std::min(least, gate_.load().window);
  }
  EXPECT_EQ(least, 2u);
}

TEST_F(Gate, refuses_what_waits_when_it_closes) {
  for (const char* name : {"a", "b", "c"}) enter(Priority::commit, name);
  gate_.close();
  enter(Priority::heal, "late");
  EXPECT_THAT(refused_, ElementsAre("c", "late"));
  gate_.leave(std::chrono::milliseconds(1), false);
  EXPECT_THAT(started_, ElementsAre("a", "b"));
}

}  // namespace
}  // namespace plumb
