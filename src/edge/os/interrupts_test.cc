#include "edge/os/interrupts.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>

#include "base/clock.h"

namespace plumb {
namespace {

// The exit status of a child that runs `body` as its main; -1 when it did not end by itself.
int status_of(const std::function<void()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    body();
    _exit(7);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void wait_long() {
  for (;;) pause();
}

TEST(Interrupts, EndTheProgramAtOnce) {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const int status = status_of([number] {
      const Interrupts interrupts;
      kill(getpid(), number);
      wait_long();
    });
    EXPECT_EQ(status, 128 + number);
  }
}

TEST(Interrupts, ASectionUnwindsFirst) {
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(pipe(pipe_ends.data()), 0);
  const int status = status_of([&] {
    Interrupts interrupts;
    const Interrupts::Section section(interrupts);
    kill(getpid(), SIGINT);
    while (!section.stop().stop_requested()) usleep(1000);
    if (write(pipe_ends[1], "clean", 5) != 5) _exit(8);
  });
  EXPECT_EQ(status, 130);
  std::array<char, 8> text{};
  EXPECT_EQ(read(pipe_ends[0], text.data(), text.size()), 5);
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST(Interrupts, ASectionThatHangsIsCutOff) {
  const int status = status_of([] {
    Interrupts interrupts;
    const Interrupts::Section section(interrupts);
    kill(getpid(), SIGTERM);
    wait_long();
  });
  EXPECT_EQ(status, 143);
}

TEST(Interrupts, WhatWasIgnoredStaysIgnored) {
  const int status = status_of([] {
    std::signal(SIGHUP, SIG_IGN);
    Interrupts interrupts;
    const Interrupts::Section section(interrupts);
    kill(getpid(), SIGHUP);
    usleep(100'000);
    if (section.stop().stop_requested()) _exit(8);
  });
  EXPECT_EQ(status, 7);
}

TEST(Interrupts, NothingHappensWithoutOne) {
  const int status = status_of([] {
    Interrupts interrupts;
    {
      const Interrupts::Section section(interrupts);
    }
  });
  EXPECT_EQ(status, 7);
}

}  // namespace
}  // namespace plumb
