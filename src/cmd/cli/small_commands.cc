// The commands without a subject: version, help and the completion scripts.
#include "cmd/cli/commands.h"
#include "cmd/cli/completion.h"

namespace plumb::cli {

Result<int> run(const Session& session, const VersionCommand&) {
  if (session.options.output == OutputFormat::table) {
    TRY(session.print("plumb " PLUMB_VERSION "\n"));
  } else {
    TRY(session.print_value(Value::map({{"version", PLUMB_VERSION}})));
  }
  return kExitOk;
}

Result<int> run(const Session& session, const HelpCommand& command) {
  TRY(session.print(command.text));
  return kExitOk;
}

Result<int> run(const Session& session, const CompletionCommand& command) {
  TRY(session.print(completion_script(command.shell)));
  return kExitOk;
}

}  // namespace plumb::cli
