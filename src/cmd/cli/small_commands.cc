// The commands without a subject: version, help, completion and what its scripts call.
#include "cmd/cli/cluster_access.h"
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

// Says nothing rather than an error: it runs while somebody types.
Result<int> run(const Session& session, const CompleteCommand& command) {
  constexpr Duration kPatience = std::chrono::milliseconds(300);
  const Result<std::unique_ptr<ClusterClient>> client = connect(session.options, kPatience);
  if (!client) return kExitOk;
  std::string out;
  if (const auto apps = list_apps(**client, session.options)) {
    for (const Value& app : *apps) out += safe(app.string_at({"metadata", "name"})) + "\n";
  }
  if (command.what == "targets") {
    if (const auto repositories = list_repositories(**client, session.options)) {
      for (const Value& repository : *repositories) {
        out += "repo/" + safe(repository.string_at({"metadata", "name"})) + "\n";
      }
    }
  }
  TRY(session.print(out));
  return kExitOk;
}

}  // namespace plumb::cli
