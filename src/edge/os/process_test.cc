#include "edge/os/process.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

#include "edge/os/private_directory.h"

namespace plumb {
namespace {

using std::chrono::milliseconds;

ProcessRequest shell(const std::string& script) {
  return {.program = "/bin/sh",
          .arguments = {"-c", script},
          .environment = {"PATH=/usr/bin:/bin", "GREETING=hello"},
          .deadline = Deadline::in(std::chrono::seconds(20))};
}

// The script prints the id of a grandchild that would outlive it; true once that one is gone.
bool ends(const std::string& pid_text) {
  const pid_t pid = static_cast<pid_t>(std::stol(pid_text));
  for (int i = 0; i < 500; ++i) {
    if (kill(pid, 0) != 0) return true;
    // Without an init to reap it the killed orphan stays a zombie, which no longer runs.
    std::error_code none;
    if (!std::filesystem::exists("/proc/" + pid_text + "/exe", none)) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

TEST(Process, GivesOutputErrorsAndExitCode) {
  const auto result = run_process(shell("echo out; echo err >&2; exit 3"), {});
  ASSERT_TRUE(result) << result.error().render();
  EXPECT_EQ(result->output, "out\n");
  EXPECT_EQ(result->errors, "err\n");
  EXPECT_EQ(result->exit_code, 3);
}

TEST(Process, ReadsTheGivenInput) {
  ProcessRequest request = shell("head -c 4; wc -c");
  request.input = "head" + std::string(1 << 20, 'x');
  const auto result = run_process(request, {});
  ASSERT_TRUE(result) << result.error().render();
  EXPECT_EQ(result->output.substr(0, 4), "head");
  EXPECT_EQ(run_process(shell("wc -c"), {})->output, "0\n");
}

TEST(Process, ASignalIsAnExitCode) {
  const auto result = run_process(shell("kill -TERM $$"), {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 128 + SIGTERM);
}

TEST(Process, HasTheGivenEnvironmentAndDescriptorsOnly) {
  setenv("PLUMB_TEST_LEAK", "1", 1);
  int leaked[2];
  ASSERT_EQ(pipe(leaked), 0);  // without O_CLOEXEC
  const auto result = run_process(shell("echo $GREETING$PLUMB_TEST_LEAK; ls /proc/self/fd"), {});
  close(leaked[0]);
  close(leaked[1]);
  unsetenv("PLUMB_TEST_LEAK");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output, "hello\n0\n1\n2\n3\n");  // 3 is ls reading the directory
}

TEST(Process, AMissingProgramIsAnError) {
  const auto result = run_process({.program = "/no/such/program",
                                   .arguments = {},
                                   .environment = {},
                                   .deadline = Deadline::in(std::chrono::seconds(5))},
                                  {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), kProcessFailed);
}

TEST(Process, TheDeadlineEndsTheWholeGroup) {
  PrivateDirectory directory = *PrivateDirectory::make("/tmp", "plumb-process-");
  ProcessRequest request =
      shell("sleep 100 & echo $! > " + directory.path() + "/pid; wait; echo never");
  request.deadline = Deadline::in(milliseconds(500));
  const auto result = run_process(request, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), kDeadlineExceeded);
  const auto pid = run_process(shell("cat " + directory.path() + "/pid"), {});
  ASSERT_TRUE(pid);
  EXPECT_TRUE(ends(pid->output.substr(0, pid->output.find('\n'))));
}

TEST(Process, TheEndOfTheChildEndsItsGroup) {
  const auto result = run_process(shell("sleep 100 & echo $!"), {});
  ASSERT_TRUE(result);
  EXPECT_TRUE(ends(result->output.substr(0, result->output.find('\n'))));
}

TEST(Process, StopsWhenAsked) {
  std::stop_source stop;
  std::jthread later([&stop] {
    std::this_thread::sleep_for(milliseconds(100));
    stop.request_stop();
  });
  const auto result = run_process(shell("sleep 100"), stop.get_token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), kCancelled);
}

TEST(Process, OutputIsBounded) {
  ProcessRequest request = shell("yes");
  request.max_output = 100'000;
  const auto result = run_process(request, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), kBudgetExceeded);
}

TEST(Process, ErrorsAreCutButDrained) {
  ProcessRequest request = shell("yes | head -c 1000000 >&2; echo done");
  request.max_errors = 1000;
  const auto result = run_process(request, {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->errors.size(), 1000u);
  EXPECT_EQ(result->output, "done\n");
}

TEST(PrivateDirectory, IsPrivateAndGoesWithItsOwner) {
  std::string path;
  {
    const PrivateDirectory directory = *PrivateDirectory::make("/tmp", "plumb-private-");
    path = directory.path();
    const std::string file = *directory.write("key", "secret");
    struct stat seen;
    ASSERT_EQ(stat(file.c_str(), &seen), 0);
    EXPECT_EQ(seen.st_mode & 0777u, 0600u);
    ASSERT_EQ(stat(path.c_str(), &seen), 0);
    EXPECT_EQ(seen.st_mode & 0777u, 0700u);
    EXPECT_FALSE(directory.write("key", "again"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace plumb
