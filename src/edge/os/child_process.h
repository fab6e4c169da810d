// ChildProcess: a child with a process group of its own, no shell, no inherited descriptors,
// default signals; killed and reaped with its owner. Internal to edge/os: run_process and
// ChildConversation are what others use. Move only; one thread at a time.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "edge/os/file_descriptor.h"

namespace plumb {

struct SpawnRequest {
  const std::string& program;
  const std::vector<std::string>& arguments;
  const std::vector<std::string>& environment;
  int input = -1;  // -1: /dev/null, for each of the three
  int output = -1;
  int errors = -1;
};

class ChildProcess {
 public:
  [[nodiscard]] static Result<ChildProcess> spawn(const SpawnRequest& request);
  ChildProcess(ChildProcess&& other) noexcept
      : pid_(std::exchange(other.pid_, 0)), pidfd_(std::move(other.pidfd_)) {}
  ChildProcess& operator=(ChildProcess&&) = delete;
  ~ChildProcess() {
    if (pid_ > 0) end();
  }

  [[nodiscard]] int pidfd() const { return pidfd_.get(); }  // readable when the child has ended

  // Kills what is left of the group, then waits for the leader. Returns its exit status, 128 + the
  // signal's number when a signal ended it.
  int end();

 private:
  ChildProcess(pid_t pid, FileDescriptor pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  pid_t pid_;
  FileDescriptor pidfd_;
};

// kProcessFailed with the text of the errno; transient.
[[nodiscard]] Error process_failed(const std::string& what, int error);

}  // namespace plumb
