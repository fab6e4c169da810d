// plumb-ci: the side of CI. It reads and writes config repositories and can reach no cluster: no
// client of one is linked. Exit codes: 0 done, 1 differences (plan) or not trusted (verify), 2
// usage or error, 3 a deadline passed, 128 + the signal's number when interrupted.
#include <csignal>

#include "cmd/ci/commands.h"
#include "edge/git/git_errors.h"
#include "edge/os/interrupts.h"

namespace plumb::ci {

Result<int> run(const TextCommand& command, std::stop_token) {
  TRY(print_text(command.text));
  return kExitOk;
}

// A job that is cancelled takes its files with it: keys among them.
Result<int> run_to_its_end(const Command& command, Interrupts& interrupts) {
  const Interrupts::Section section(interrupts);
  return std::visit([&](const auto& one) { return run(one, section.stop()); }, command);
}

}  // namespace plumb::ci

int main(int count, char** words) {
  using namespace plumb;
  std::signal(SIGPIPE, SIG_IGN);  // seen as EPIPE where we write
  Interrupts interrupts;
  const Result<ci::Command> command = ci::parse_arguments(count, words);
  if (!command) return print_failure(command.error());
  const Result<int> code = ci::run_to_its_end(*command, interrupts);
  if (code) return *code;
  const int failure = print_failure(code.error());
  return code.error().code() == kFetchTimeout ? kExitTimeout : failure;
}
