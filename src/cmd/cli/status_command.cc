// `plumb status`: the apps of a namespace, one line each; worst news in MESSAGE.
#include <algorithm>
#include <map>

#include "cmd/cli/cluster_access.h"
#include "cmd/cli/commands.h"
#include "cmd/cli/division.h"
#include "cmd/cli/text/ledger_text.h"
#include "cmd/cli/text/status_text.h"
#include "cmd/shared/trust_parts.h"
#include "core/audit/chain.h"

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

// The label of a Repository is asked for only where an App does not know its shard yet.
void note_unattended(ClusterClient& client, const GlobalOptions& options, const Division& division,
                     std::vector<AppView>& apps) {
  std::map<RepositoryKey, std::string> labels;
  if (std::any_of(apps.begin(), apps.end(), [](const AppView& app) { return app.shard.empty(); })) {
    GlobalOptions everywhere = options;
    everywhere.all_namespaces = true;
    const Result<std::vector<Value>> found = list_repositories(client, everywhere);
    for (const Value& object : found ? *found : std::vector<Value>()) {
      const RepositoryView repository = repository_view(object);
      labels[repository.key] = repository.shard_label;
    }
  }
  for (AppView& app : apps) {
    app.unattended = unattended(division, app, labels[app.repository], SystemClock().wall());
  }
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
  if (const std::optional<Division> division = read_division(*client)) {
    note_unattended(*client, session.options, *division, apps);
  }
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

namespace {

// What an exported ledger says of an app; "web" in the namespace of -n, or "prod/web".
Result<int> history_of_ledger(const Session& session, const HistoryCommand& command) {
  const std::string text = TRY(read_text_file(command.ledger));
  const audit::ChainReport chain = audit::check_chain(text, {});
  for (const audit::Flaw& flaw : chain.flaws) session.progress("warning: " + flaw.message);
  std::string app = command.app;
  const bool is_whole = app.find('/') != std::string::npos;
  if (!is_whole) {
    const std::string& space = session.options.namespace_;
    app = (space.empty() ? "default" : space) + "/" + app;
  }
  std::vector<audit::Record> records;
  for (const audit::Record& record : chain.records) {
    if (record.entry.app == app) records.push_back(record);
  }
  if (session.options.output != OutputFormat::table) {
    TRY(session.print_value(ledger_value(app, records)));
  } else if (records.empty()) {
    session.progress("the ledger has no record of " + app);
  } else {
    TRY(session.print(ledger_text(records, session.out)));
  }
  return kExitOk;
}

}  // namespace

Result<int> run(const Session& session, const HistoryCommand& command) {
  if (!command.ledger.empty()) return history_of_ledger(session, command);
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
