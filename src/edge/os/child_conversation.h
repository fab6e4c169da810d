// ChildConversation: a child process that is asked questions one after another over one socket, its
// standard input and output. A message is its length (4 bytes, big-endian) and its bytes. The child
// has no environment, its standard error goes nowhere, and it is killed with its owner.
//
// Move only; one thread at a time; exchange blocks it. Errors: kProcessFailed (cannot be started,
// or it ended), kDeadlineExceeded, kBudgetExceeded (answer too long). After an error the
// conversation is over: nobody knows where in the stream it stands.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "edge/os/child_process.h"
#include "edge/os/file_descriptor.h"

namespace plumb {

class ChildConversation {
 public:
  [[nodiscard]] static Result<ChildConversation> start(const std::string& program,
                                                       const std::vector<std::string>& arguments);

  [[nodiscard]] Result<std::string> exchange(std::string_view message, const Deadline& deadline,
                                             uint64_t max_answer);

 private:
  ChildConversation(std::string program, ChildProcess child, FileDescriptor socket)
      : program_(std::move(program)), child_(std::move(child)), socket_(std::move(socket)) {}

  std::string program_;
  ChildProcess child_;
  FileDescriptor socket_;
};

// The other side, in the child. nullopt: there are no more questions.
[[nodiscard]] Result<std::optional<std::string>> read_message(int fd, uint64_t max_bytes);
[[nodiscard]] Result<void> write_message(int fd, std::string_view message);

}  // namespace plumb
