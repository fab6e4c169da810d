#include "edge/os/child_conversation.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "edge/os/process.h"

namespace plumb {
namespace {

Deadline soon() {
  return Deadline::in(std::chrono::seconds(30));
}

TEST(ChildConversation, AsksAndIsAnswered) {
  // cat answers a message with the same message.
  auto child = ChildConversation::start("/bin/cat", {});
  ASSERT_TRUE(child) << child.error().render();
  for (const std::string& text :
       {std::string("one"), std::string(), std::string(1 << 16, 'x'), std::string("\0\xff", 2)}) {
    const auto answer = child->exchange(text, soon(), 1 << 20);
    ASSERT_TRUE(answer) << answer.error().render();
    EXPECT_EQ(*answer, text);
  }
  const auto too_long = child->exchange("four", soon(), 3);
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code(), kBudgetExceeded);
}

TEST(ChildConversation, AChildThatEndsOrHangsIsAnError) {
  auto ended = ChildConversation::start("/bin/true", {});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exchange("hello", soon(), 100).error().code(), kProcessFailed);
  auto hangs = ChildConversation::start("/bin/sleep", {"60"});
  ASSERT_TRUE(hangs);
  const auto late = hangs->exchange("hello", Deadline::in(std::chrono::milliseconds(50)), 100);
  EXPECT_EQ(late.error().code(), kDeadlineExceeded);
  auto cut = ChildConversation::start(
      "/bin/sh", {"-c", "head -c 4 >/dev/null; printf '\\000\\000\\000\\011ab'"});
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->exchange("", soon(), 100).error().code(), kProcessFailed);
  EXPECT_EQ(ChildConversation::start("/no/such/program", {}).error().code(), kProcessFailed);
}

TEST(ChildConversation, TheOtherSide) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_TRUE(write_message(ends[1], "hello"));
  ASSERT_TRUE(write_message(ends[1], ""));
  EXPECT_EQ(read_message(ends[0], 100)->value(), "hello");
  EXPECT_EQ(read_message(ends[0], 100)->value(), "");
  ASSERT_TRUE(write_message(ends[1], "too long"));
  EXPECT_EQ(read_message(ends[0], 3).error().code(), kBudgetExceeded);
  close(ends[0]);
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "\0\0\0", 3), 3);
  close(ends[1]);
  EXPECT_FALSE(read_message(ends[0], 100)) << "cut short";
  EXPECT_FALSE(read_message(ends[0], 100)->has_value()) << "the end";
  close(ends[0]);
}

}  // namespace
}  // namespace plumb
