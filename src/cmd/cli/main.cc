// plumb: what people ask of a cluster kept by Plumb. Exit codes: 0 done, 1 a difference was found
// or an app is not ready, 2 usage or error, 3 a deadline passed, 130 interrupted.
#include <unistd.h>

#include <csignal>
#include <cstdio>

#include "base/text.h"
#include "cmd/cli/arguments.h"

namespace {

using plumb::Result;
namespace cli = plumb::cli;

}  // namespace

int main(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);  // seen as EPIPE where we write
  // Every change a command makes is one request: stopping between two of them harms nothing.
  std::signal(SIGINT, [](int) { ::_exit(plumb::kExitInterrupted); });
  Result<cli::Arguments> arguments = cli::parse_arguments(count, words);
  if (!arguments) return plumb::print_failure(arguments.error());
  const cli::Session session{arguments->options, plumb::detect_style(arguments->options.color)};
  const Result<int> code = std::visit(
      [&](const auto& command) { return cli::run(session, command); }, arguments->command);
  return code ? *code : plumb::print_failure(code.error());
}
