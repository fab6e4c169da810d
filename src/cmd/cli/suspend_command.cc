// `plumb suspend` and `plumb resume`: a merge patch of spec.suspend.
#include "cmd/cli/commands.h"
#include "cmd/cli/target.h"

namespace plumb::cli {

namespace {

std::string suspended_means(const Target& target) {
  return target.is_repository ? " suspended: nothing is fetched; its apps stay on their revision "
                                "and are still healed"
                              : " suspended: nothing is applied, healed or pruned";
}

}  // namespace

Result<int> run(const Session& session, const SuspendCommand& command) {
  const auto client = TRY(connect(session.options, std::chrono::seconds(15)));
  const Target target = TRY(find_target(*client, session.options, command.target));
  if (target.object.bool_at({"spec", "suspend"}) == command.suspend) {
    session.progress(target.display() + " is " +
                     (command.suspend ? "suspended already" : "not suspended"));
    return kExitOk;
  }
  // JSON null removes the field: resuming leaves no trace.
  Value flag;
  if (command.suspend) flag = true;
  const Value patched = TRY(client->merge_patch(
      target.resource(), target.key, Value::map({{"spec", Value::map({{"suspend", flag}})}})));
  session.progress(target.display() + (command.suspend ? suspended_means(target) : " resumed"));
  if (session.options.output != OutputFormat::table) TRY(session.print_value(patched));
  return kExitOk;
}

}  // namespace plumb::cli
