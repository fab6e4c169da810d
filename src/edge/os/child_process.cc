#include "edge/os/child_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "edge/os/process.h"

namespace plumb {
namespace {

std::vector<char*> pointers(const std::string* first, const std::vector<std::string>& texts) {
  std::vector<char*> out;
  if (first) out.push_back(const_cast<char*>(first->c_str()));  // exec's signature; never written
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

void connect(posix_spawn_file_actions_t& actions, int from, int to) {
  if (from >= 0) {
    posix_spawn_file_actions_adddup2(&actions, from, to);
  } else {
    posix_spawn_file_actions_addopen(&actions, to, "/dev/null", to == 0 ? O_RDONLY : O_WRONLY, 0);
  }
}

}  // namespace

Error process_failed(const std::string& what, int error) {
  return Error(kProcessFailed, what + ": " + std::strerror(error), Retry::transient);
}

// Until the leader is reaped its id cannot be taken by another process, so the signal cannot hit a
// stranger.
int ChildProcess::end() {
  kill(-pid_, SIGKILL);
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Result<ChildProcess> ChildProcess::spawn(const SpawnRequest& request) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  connect(actions, request.input, 0);
  connect(actions, request.output, 1);
  connect(actions, request.errors, 2);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, request.program.c_str(), &actions, &attributes,
                                pointers(&request.program, request.arguments).data(),
                                pointers(nullptr, request.environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return process_failed("cannot start " + request.program, error);
  ChildProcess child(pid, FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))));
  if (child.pidfd() < 0) return process_failed("cannot watch " + request.program, errno);
  return child;
}

}  // namespace plumb
