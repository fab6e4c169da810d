#include "edge/os/child_conversation.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "edge/os/process.h"

namespace plumb {
namespace {

constexpr size_t kLengthBytes = 4;

std::string length_of(std::string_view message) {
  const auto size = static_cast<uint32_t>(message.size());
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(size >> shift & 0xff);
  return out;
}

uint32_t read_length(std::string_view bytes) {
  uint32_t out = 0;
  for (const char c : bytes) out = out << 8 | static_cast<uint8_t>(c);
  return out;
}

Error ended(const std::string& program) {
  return Error(kProcessFailed, program + " ended without an answer", Retry::transient);
}

Result<void> wait_for(int fd, int16_t events, const std::string& program,
                      const Deadline& deadline) {
  while (true) {
    pollfd polled{fd, events, 0};
    const auto timeout = static_cast<int>(std::min<int64_t>(deadline.remaining().count(), 60'000));
    const int ready = poll(&polled, 1, timeout);
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return process_failed("cannot wait for " + program, errno);
    if (deadline.passed()) {
      return Error(kDeadlineExceeded, program + " did not answer in time", Retry::transient);
    }
  }
}

Result<void> send_all(int fd, std::string_view bytes, const std::string& program,
                      const Deadline& deadline) {
  while (!bytes.empty()) {
    TRY(wait_for(fd, POLLOUT, program, deadline));
    const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
    } else if (errno != EINTR && errno != EAGAIN) {
      return ended(program);
    }
  }
  return {};
}

Result<std::string> receive(int fd, size_t size, const std::string& program,
                            const Deadline& deadline) {
  std::string out;
  std::array<char, 16384> buffer;
  while (out.size() < size) {
    TRY(wait_for(fd, POLLIN, program, deadline));
    const ssize_t got =
        recv(fd, buffer.data(), std::min(buffer.size(), size - out.size()), MSG_DONTWAIT);
    if (got > 0) {
      out.append(buffer.data(), static_cast<size_t>(got));
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
      return ended(program);
    }
  }
  return out;
}

// Blocks. False at the end of the stream.
Result<bool> read_exactly(int fd, char* into, size_t size, bool may_end) {
  size_t done = 0;
  while (done < size) {
    const ssize_t got = read(fd, into + done, size - done);
    if (got > 0) {
      done += static_cast<size_t>(got);
    } else if (got == 0) {
      if (may_end && done == 0) return false;
      return Error(kProcessFailed, "a message is cut short");
    } else if (errno != EINTR) {
      return process_failed("cannot read", errno);
    }
  }
  return true;
}

}  // namespace

Result<ChildConversation> ChildConversation::start(const std::string& program,
                                                   const std::vector<std::string>& arguments) {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return process_failed("cannot make a socket pair", errno);
  }
  FileDescriptor ours(ends[0]);
  const FileDescriptor theirs(ends[1]);
  ChildProcess child = TRY(ChildProcess::spawn({.program = program,
                                                .arguments = arguments,
                                                .environment = {},
                                                .input = theirs.get(),
                                                .output = theirs.get()}));
  return ChildConversation(program, std::move(child), std::move(ours));
}

Result<std::string> ChildConversation::exchange(std::string_view message, const Deadline& deadline,
                                                uint64_t max_answer) {
  TRY(send_all(socket_.get(), length_of(message), program_, deadline));
  TRY(send_all(socket_.get(), message, program_, deadline));
  const std::string length = TRY(receive(socket_.get(), kLengthBytes, program_, deadline));
  const uint32_t size = read_length(length);
  if (size > max_answer) {
    return Error(kBudgetExceeded,
                 program_ + " answered with more than " + std::to_string(max_answer) + " bytes");
  }
  return receive(socket_.get(), size, program_, deadline);
}

Result<std::optional<std::string>> read_message(int fd, uint64_t max_bytes) {
  std::array<char, kLengthBytes> length{};
  if (!TRY(read_exactly(fd, length.data(), length.size(), true))) {
    return std::optional<std::string>();
  }
  const uint32_t size = read_length({length.data(), length.size()});
  if (size > max_bytes) return Error(kBudgetExceeded, "a message is too long");
  std::string out(size, '\0');
  (void)TRY(read_exactly(fd, out.data(), size, false));
  return std::optional<std::string>(std::move(out));
}

Result<void> write_message(int fd, std::string_view message) {
  const std::string whole = length_of(message) + std::string(message);
  size_t done = 0;
  while (done < whole.size()) {
    const ssize_t put = write(fd, whole.data() + done, whole.size() - done);
    if (put > 0) {
      done += static_cast<size_t>(put);
    } else if (errno != EINTR) {
      return process_failed("cannot write", errno);
    }
  }
  return {};
}

}  // namespace plumb
