#include "edge/os/process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "edge/os/file_descriptor.h"

namespace plumb {
namespace {

Error failed(const std::string& what, int error) {
  return Error(kProcessFailed, what + ": " + std::strerror(error), Retry::transient);
}

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return failed("cannot make a pipe", errno);
  Pipe made{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  fcntl(made.read.get(), F_SETFL, O_NONBLOCK);  // the child's end stays blocking
  return made;
}

std::vector<char*> pointers(const std::string* first, const std::vector<std::string>& texts) {
  std::vector<char*> out;
  if (first) out.push_back(const_cast<char*>(first->c_str()));  // exec's signature; never written
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

// The child and its process group. Ends and reaps both when it goes out of scope.
class Child {
 public:
  Child(pid_t pid, FileDescriptor pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}
  Child(Child&& other) noexcept
      : pid_(std::exchange(other.pid_, 0)), pidfd_(std::move(other.pidfd_)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (pid_ > 0) end();
  }

  [[nodiscard]] int pidfd() const { return pidfd_.get(); }

  // Kills what is left of the group, then waits for the leader. Until the leader is reaped its id
  // cannot be taken by another process, so the signal cannot hit a stranger.
  int end() {
    kill(-pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t pid_;
  FileDescriptor pidfd_;
};

Result<Child> spawn(const ProcessRequest& request, int output, int errors) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  posix_spawn_file_actions_adddup2(&actions, errors, 2);
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
  if (error != 0) return failed("cannot start " + request.program, error);
  Child child(pid, FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0))));
  if (child.pidfd() < 0) return failed("cannot watch " + request.program, errno);
  return child;
}

// Reads what is there; false at the end of the stream.
bool drain(int fd, std::string& into, uint64_t keep) {
  std::array<char, 16384> buffer;
  while (true) {
    const ssize_t got = read(fd, buffer.data(), buffer.size());
    if (got > 0) {
      // One byte above the limit is kept, to tell that it was passed.
      const uint64_t room = keep + 1 > into.size() ? keep + 1 - into.size() : 0;
      into.append(buffer.data(), std::min<uint64_t>(room, static_cast<uint64_t>(got)));
      if (into.size() > keep) return true;  // the caller decides; do not read on for ever
    } else if (got == 0) {
      return false;
    } else if (errno != EINTR) {
      return errno == EAGAIN;
    }
  }
}

int poll_timeout(const Deadline& deadline) {
  return static_cast<int>(std::min<int64_t>(deadline.remaining().count() + 1, 60'000));
}

// Collects output until the child ends; an error when it has to be ended before.
Result<void> watch(const Child& child, Pipe& output, Pipe& errors, int wake,
                   const ProcessRequest& request, ProcessResult& result) {
  std::array<pollfd, 4> polled = {pollfd{output.read.get(), POLLIN, 0},
                                  pollfd{errors.read.get(), POLLIN, 0},
                                  pollfd{child.pidfd(), POLLIN, 0}, pollfd{wake, POLLIN, 0}};
  const auto collect = [&] {
    if (polled[0].fd >= 0 && !drain(polled[0].fd, result.output, request.max_output)) {
      polled[0].fd = -1;
    }
    if (polled[1].fd >= 0 && !drain(polled[1].fd, result.errors, request.max_errors)) {
      polled[1].fd = -1;
    }
    if (result.errors.size() > request.max_errors) result.errors.resize(request.max_errors);
  };
  while (true) {
    if (poll(polled.data(), polled.size(), poll_timeout(request.deadline)) < 0 && errno != EINTR) {
      return failed("cannot wait for " + request.program, errno);
    }
    const bool ended = polled[2].revents != 0;
    collect();
    if (result.output.size() > request.max_output) {
      return Error(kBudgetExceeded, request.program + " wrote more than " +
                                        std::to_string(request.max_output) + " bytes");
    }
    if (ended) return {};
    if (polled[3].revents != 0) return Error(kCancelled, "cancelled", Retry::transient);
    if (request.deadline.passed()) {
      return Error(kDeadlineExceeded, request.program + " did not end in time", Retry::transient);
    }
  }
}

}  // namespace

Result<ProcessResult> run_process(const ProcessRequest& request, std::stop_token stop) {
  if (stop.stop_requested()) return Error(kCancelled, "cancelled", Retry::transient);
  Pipe output = TRY(make_pipe());
  Pipe errors = TRY(make_pipe());
  const FileDescriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.is_open()) return failed("cannot make an eventfd", errno);
  Child child = TRY(spawn(request, output.write.get(), errors.write.get()));
  output.write.close();
  errors.write.close();
  const std::stop_callback on_stop(stop, [&wake] { eventfd_write(wake.get(), 1); });
  ProcessResult result;
  const Result<void> watched = watch(child, output, errors, wake.get(), request, result);
  result.exit_code = child.end();
  if (!watched) return watched.error();
  return result;
}

}  // namespace plumb
