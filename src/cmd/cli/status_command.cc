// `plumb status`: the apps of a namespace, one line each; worst news in MESSAGE.
#include "cmd/cli/cluster_access.h"
#include "cmd/cli/commands.h"
#include "cmd/cli/text/status_text.h"

namespace plumb::cli {

namespace {

constexpr Duration kTimeout = std::chrono::seconds(15);

Value without_managed_fields(Value object) {
  object.erase_path({"metadata", "managedFields"});
  return object;
}

// As kubectl prints them: one object, or a List.
Value as_objects(const std::vector<Value>& objects, bool one) {
  if (one) return without_managed_fields(objects.front());
  List items;
  for (const Value& object : objects) items.push_back(without_managed_fields(object));
  return Value::map({{"apiVersion", "v1"}, {"kind", "List"}, {"items", Value(std::move(items))}});
}

}  // namespace

Result<int> run(const Session& session, const StatusCommand& command) {
  const auto client = TRY(connect(session.options, kTimeout));
  std::vector<Value> objects;
  if (command.app.empty()) {
    objects = TRY(list_apps(*client, session.options));
  } else {
    objects.push_back(TRY(find_app(*client, session.options, command.app)));
  }
  if (session.options.output != OutputFormat::table) {
    TRY(session.print_value(as_objects(objects, !command.app.empty())));
    return kExitOk;
  }
  std::vector<AppView> apps;
  for (const Value& object : objects) apps.push_back(app_view(object));
  if (apps.empty()) {
    session.progress("no apps in " + (session.options.all_namespaces
                                          ? std::string("any namespace")
                                          : "namespace " + namespace_of(session.options, *client) +
                                                "; plumb status -A looks everywhere"));
    return kExitOk;
  }
  TRY(session.print(
      status_text(apps, session.options.all_namespaces, SystemClock().wall(), session.out)));
  return kExitOk;
}

Result<int> run(const Session& session, const HistoryCommand& command) {
  const auto client = TRY(connect(session.options, kTimeout));
  const AppView app = app_view(TRY(find_app(*client, session.options, command.app)));
  if (session.options.output != OutputFormat::table) {
    TRY(session.print_value(history_value(app)));
  } else if (app.status.history.empty()) {
    session.progress("no revision of " + app.key.display() + " was applied completely yet");
  } else {
    TRY(session.print(history_text(app, SystemClock().wall(), session.out)));
  }
  return kExitOk;
}

}  // namespace plumb::cli
