// plumb-ci: the side of CI. It reads and writes config repositories and can reach no cluster: no
// client of one is linked. Exit codes: 0 done, 1 differences (plan) or not trusted (verify), 2
// usage or error, 3 a deadline passed.
#include <csignal>

#include "cmd/ci/commands.h"
#include "edge/git/git_errors.h"

namespace plumb::ci {

Result<int> run(const TextCommand& command) {
  TRY(print_text(command.text));
  return kExitOk;
}

}  // namespace plumb::ci

int main(int count, char** words) {
  using namespace plumb;
  std::signal(SIGPIPE, SIG_IGN);  // seen as EPIPE where we write
  const Result<ci::Command> command = ci::parse_arguments(count, words);
  if (!command) return print_failure(command.error());
  const Result<int> code = std::visit([](const auto& one) { return ci::run(one); }, *command);
  if (code) return *code;
  const int failure = print_failure(code.error());
  return code.error().code() == kFetchTimeout ? kExitTimeout : failure;
}
