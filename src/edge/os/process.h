// run_process: one child process, run to its end. No shell: the program is a path and the arguments
// go to it as they are. The child has the given environment and no other, no inherited descriptors,
// no terminal (stdin is /dev/null, or the given text), default signals and a process group of its
// own, which is killed as a whole when the child ends, at the deadline, and when `stop` is asked
// for: nothing outlives the call.
//
// Blocks its thread; thread safe. Errors: kProcessFailed (it could not be started),
// kDeadlineExceeded, kCancelled, kBudgetExceeded (more output than allowed). An exit status other
// than 0 is not an error here.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace plumb {

inline constexpr ErrorCode kProcessFailed{910, "ProcessFailed"};

struct ProcessRequest {
  std::string program;                   // absolute path
  std::vector<std::string> arguments;    // without the program's name
  std::vector<std::string> environment;  // "NAME=value"
  Deadline deadline;
  std::string input = {};         // what the child reads from standard input
  uint64_t max_output = 1 << 20;  // bytes of standard output; more ends the child
  uint64_t max_errors = 1 << 16;  // bytes of standard error that are kept; the rest is dropped
};

struct ProcessResult {
  int exit_code = 0;  // 128 + the signal's number when a signal ended it, as shells have it
  std::string output;
  std::string errors;
};

[[nodiscard]] Result<ProcessResult> run_process(const ProcessRequest& request,
                                                std::stop_token stop);

}  // namespace plumb
