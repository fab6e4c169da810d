// plumb: what people ask of a cluster kept by Plumb. Exit codes: 0 done, 1 a difference was found
// or an app is not ready, 2 usage or error, 3 a deadline passed, 128 + the signal's number when
// interrupted.
#include <csignal>
#include <cstdio>

#include "base/text.h"
#include "cmd/cli/arguments.h"
#include "edge/os/interrupts.h"

namespace {

using plumb::Result;
namespace cli = plumb::cli;

}  // namespace

int main(int count, char** words) {
  std::signal(SIGPIPE, SIG_IGN);  // seen as EPIPE where we write
  // Every change a command makes is one request: stopping between two of them harms nothing.
  plumb::Interrupts interrupts;
  Result<cli::Arguments> arguments = cli::parse_arguments(count, words);
  if (!arguments) return plumb::print_failure(arguments.error());
  const cli::Session session{arguments->options, plumb::detect_style(arguments->options.color),
                             interrupts};
  const Result<int> code = std::visit(
      [&](const auto& command) { return cli::run(session, command); }, arguments->command);
  return code ? *code : plumb::print_failure(code.error());
}
