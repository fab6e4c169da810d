// `plumb verify`: the operator's verdict on a range of commits, without a cluster.
#include "cmd/cli/commands.h"

namespace plumb::cli {

Result<int> run(const Session& session, const VerifyCommand& command) {
  return print_verification(TRY(verify(command)), session.options.output, session.out);
}

}  // namespace plumb::cli
