#include "edge/os/confine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

namespace plumb {
namespace {

// What becomes of a child that confines itself and then does this: its exit status, or minus the
// number of the signal that ended it.
template <class What>
int confined(const What& what) {
  const pid_t child = fork();
  if (child == 0) {
    if (!confine_process({.max_memory = 0})) syscall(SYS_exit_group, 99);
    syscall(SYS_exit_group, what());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

TEST(Confine, WhatIsLeft) {
  EXPECT_EQ(confined([] { return 0; }), 0);
  EXPECT_EQ(confined([] {
              char* memory = static_cast<char*>(std::malloc(1 << 22));
              memory[5] = 1;
              std::free(memory);
              return 7;
            }),
            7);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_EQ(confined([&] { return static_cast<int>(write(ends[1], "abc", 3)); }), 3);
  close(ends[0]);
  close(ends[1]);
}

TEST(Confine, FilesAreRefused) {
  EXPECT_EQ(confined([] { return open("/etc/passwd", O_RDONLY) < 0 ? errno : 0; }), EACCES);
  EXPECT_EQ(confined([] { return open("/dev/null", O_WRONLY) < 0 ? errno : 0; }), EACCES);
  EXPECT_EQ(confined([] { return access("/", F_OK) < 0 ? errno : 0; }), EACCES);
}

TEST(Confine, TheRestEndsTheProcess) {
  EXPECT_EQ(confined([] { return socket(AF_INET, SOCK_STREAM, 0); }), -SIGSYS);
  EXPECT_EQ(confined([] { return static_cast<int>(syscall(SYS_kill, getppid(), 0)); }), -SIGSYS);
  EXPECT_EQ(confined([] { return static_cast<int>(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }),
            -SIGSYS);
  EXPECT_EQ(confined([] { return execl("/bin/true", "true", nullptr); }), -SIGSYS);
  EXPECT_EQ(confined([] { return static_cast<int>(syscall(SYS_ptrace, 0, 0, 0, 0)); }), -SIGSYS);
  EXPECT_EQ(confined([] { return setuid(0); }), -SIGSYS);
  EXPECT_EQ(confined([] { return unlinkat(AT_FDCWD, "/nothing", 0); }), -SIGSYS);
  EXPECT_EQ(confined([] {
              return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                          0) == MAP_FAILED;
            }),
            -SIGSYS)
      << "code made at run time";
}

// The user id of a process as the kernel shows it.
std::string uid_line(pid_t process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Uid:")) return line;
  }
  return "";
}

TEST(Confine, RootIsLeft) {
  if (getuid() != 0) GTEST_SKIP() << "not root";
  int ready[2], go[2];
  ASSERT_EQ(pipe(ready), 0);
  ASSERT_EQ(pipe(go), 0);
  const pid_t child = fork();
  if (child == 0) {
    close(go[1]);
    if (!confine_process({.max_memory = 0})) syscall(SYS_exit_group, 99);
    char byte = static_cast<char>(write(ready[1], "x", 1));
    syscall(SYS_exit_group, static_cast<int>(read(go[0], &byte, 1)));
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(uid_line(child), "Uid:\t65534\t65534\t65534\t65534");
  close(go[1]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  for (const int fd : {ready[0], ready[1], go[0]}) close(fd);
}

}  // namespace
}  // namespace plumb
