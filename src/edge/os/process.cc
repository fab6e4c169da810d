#include "edge/os/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "edge/os/child_process.h"
#include "edge/os/file_descriptor.h"

namespace plumb {
namespace {

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return process_failed("cannot make a pipe", errno);
  Pipe made{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  fcntl(made.read.get(), F_SETFL, O_NONBLOCK);  // the child's end stays blocking
  return made;
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
Result<void> watch(const ChildProcess& child, Pipe& output, Pipe& errors, int wake,
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
      return process_failed("cannot wait for " + request.program, errno);
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

// A file in memory that holds the text, to be read from its beginning; not open without a text.
Result<FileDescriptor> input_file(const std::string& text) {
  if (text.empty()) return FileDescriptor();
  FileDescriptor file(memfd_create("input", MFD_CLOEXEC));
  if (!file.is_open()) return process_failed("cannot make a file in memory", errno);
  for (size_t done = 0; done < text.size();) {
    const ssize_t written =
        pwrite(file.get(), text.data() + done, text.size() - done, static_cast<off_t>(done));
    if (written < 0 && errno != EINTR) {
      return process_failed("cannot write to a file in memory", errno);
    }
    if (written > 0) done += static_cast<size_t>(written);
  }
  return file;
}

}  // namespace

Result<ProcessResult> run_process(const ProcessRequest& request, std::stop_token stop) {
  if (stop.stop_requested()) return Error(kCancelled, "cancelled", Retry::transient);
  Pipe output = TRY(make_pipe());
  Pipe errors = TRY(make_pipe());
  const FileDescriptor wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.is_open()) return process_failed("cannot make an eventfd", errno);
  const FileDescriptor input = TRY(input_file(request.input));
  ChildProcess child = TRY(ChildProcess::spawn({.program = request.program,
                                                .arguments = request.arguments,
                                                .environment = request.environment,
                                                .input = input.get(),
                                                .output = output.write.get(),
                                                .errors = errors.write.get()}));
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
