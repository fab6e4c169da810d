// `plumb verify`: the operator's verdict on a range of commits, without a cluster.
#include "cmd/cli/commands.h"

namespace plumb::cli {

Result<int> run(const Session& session, const VerifyCommand& command) {
  // git and what it fetched go before the program does.
  const Interrupts::Section section(session.interrupts);
  return print_verification(TRY(verify(command, section.stop())), session.options.output,
                            session.out);
}

}  // namespace plumb::cli
