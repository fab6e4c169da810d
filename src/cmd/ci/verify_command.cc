// `plumb-ci verify`: `plumb verify` for jobs that hold no other program.
#include "cmd/ci/commands.h"

namespace plumb::ci {

Result<int> run(const VerifyCommand& command, std::stop_token stop) {
  const OutputFormat format = command.output == "json"   ? OutputFormat::json
                              : command.output == "yaml" ? OutputFormat::yaml
                                                         : OutputFormat::table;
  return print_verification(TRY(verify(command.request, std::move(stop))), format,
                            detect_style(command.color));
}

}  // namespace plumb::ci
