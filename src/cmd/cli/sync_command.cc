// `plumb sync`: asks the operator for a turn now, by a new value of the annotation
// plumb.dev/sync-requested-at. For an app its repository is asked first, so that a new commit is
// seen. With --wait: until the status names that value and the turn has come to an end.
#include <thread>

#include "cmd/cli/commands.h"
#include "cmd/cli/sync_request.h"
#include "cmd/cli/target.h"
#include "cmd/cli/text/status_text.h"

namespace plumb::cli {

namespace {

constexpr std::chrono::milliseconds kPoll{500};

struct Progress {
  bool handled = false;  // the operator has acted on the request and come to an end
  bool ready = false;
  std::string message;
};

Progress progress_of(const Target& target, const Value& object, const std::string& value) {
  Progress out;
  if (target.is_repository) {
    const RepositoryView view = repository_view(object);
    const Condition* ready = find_condition(view.status.conditions, "Ready");
    out.handled = view.status.last_handled_sync == value;
    out.ready = ready != nullptr && ready->status == "True";
    out.message = ready != nullptr ? ready->message : "the operator has not looked at it yet";
    return out;
  }
  const AppView view = app_view(object);
  const Readiness state = readiness_of(view);
  const bool asked = view.status.last_handled_sync == value;
  out.handled = asked && state != Readiness::progressing;
  out.ready = state == Readiness::ready;
  out.message = asked ? message_of(view, SystemClock().wall()) : "not begun";
  return out;
}

Result<int> wait_for(const Session& session, ClusterClient& client, const Target& target,
                     const std::string& value, Deadline deadline) {
  std::string said;
  for (;;) {
    const Progress progress =
        progress_of(target, TRY(client.get(target.resource(), target.key)), value);
    if (progress.handled) {
      session.progress(target.display() + (progress.ready ? " is ready: " : " is not ready: ") +
                       progress.message);
      return progress.ready ? kExitOk : kExitDifferent;
    }
    if (progress.message != said) session.progress("waiting: " + progress.message);
    said = progress.message;
    if (deadline.passed()) {
      return Error(kDeadlineExceeded, target.display() + " is still pending: " + said)
          .with_help("plumb why " + target.key.name + " -n " + target.key.namespace_ +
                     "; the operator goes on without this command");
    }
    std::this_thread::sleep_for(std::min<std::chrono::milliseconds>(kPoll, deadline.remaining()));
  }
}

}  // namespace

Result<int> run(const Session& session, const SyncCommand& command) {
  const Deadline deadline = Deadline::in(command.timeout);
  const auto client = TRY(connect(session.options, std::chrono::seconds(15)));
  const Target target = TRY(find_target(*client, session.options, command.target));
  if (target.object.bool_at({"spec", "suspend"})) {
    return Error(kSyncFailed, target.display() + " is suspended")
        .with_help("plumb resume " + command.target);
  }
  const std::string value = sync_request_value();
  if (!target.is_repository) {
    const RepositoryKey repository = app_view(target.object).repository;
    const Result<void> asked =
        ask_for_sync(*client, repository_resource(), object_key(repository), value);
    if (!asked) session.progress("warning: " + asked.error().summary());
  }
  TRY(ask_for_sync(*client, target.resource(), target.key, value));
  session.progress("asked for a sync of " + target.display() +
                   (command.wait ? "" : "; --wait waits for its end"));
  if (!command.wait) return kExitOk;
  return wait_for(session, *client, target, value, deadline);
}

}  // namespace plumb::cli
