// `plumb diff`: a local folder, or an app's repository, against the live cluster. Exit code 0: no
// difference, 1: differences, 2: something could not be compared or would be refused.
#include <algorithm>
#include <filesystem>

#include "cmd/cli/app_source.h"
#include "cmd/cli/app_variables.h"
#include "cmd/cli/cluster_access.h"
#include "cmd/cli/commands.h"
#include "cmd/cli/comparison.h"
#include "cmd/cli/local_source.h"
#include "cmd/cli/target_cluster.h"
#include "cmd/shared/remote_bases.h"
#include "core/spec/resources.h"

namespace plumb::cli {

namespace {

constexpr Duration kTimeout = std::chrono::seconds(30);

bool is_path(const std::string& target) {
  std::error_code ignored;
  return target.starts_with('.') || target.starts_with('/') || target.ends_with('/') ||
         std::filesystem::exists(target, ignored);
}

int exit_code_of(const Comparison& comparison) {
  const bool refused =
      std::any_of(comparison.changes.begin(), comparison.changes.end(),
                  [](const ObjectChange& change) { return change.kind == ChangeKind::refused; });
  if (refused) return kExitError;
  return comparison.differs() ? kExitDifferent : kExitOk;
}

Result<void> use_app(ComparisonInput& input, const Value& app) {
  input.app = app_view(app);
  input.ignore = TRY(decode_app(app)).ignore;
  input.target_namespace = input.app->target_namespace;
  const Value* prune = app.find_path({"spec", "prune"});
  input.prune = prune == nullptr || prune->as_bool() == nullptr || *prune->as_bool();
  return {};
}

}  // namespace

Result<int> run(const Session& session, const DiffCommand& command) {
  const bool local = is_path(command.target);
  ComparisonInput input;
  Redaction secrets;
  Value app;  // where one is asked for
  // What is wrong with the files is said before any cluster is asked.
  const auto render_target = [&](RenderRequest request) -> Result<Manifests> {
    // git and what it fetched go before the program does.
    const Interrupts::Section section(session.interrupts);
    return render_local(command.target,
                        TRY(remote_bases({.allowed = command.remote_bases}, section.stop())),
                        std::move(request));
  };
  if (local && command.app.empty()) input.manifests = TRY(render_target({}));
  const auto client = TRY(connect(session.options, kTimeout));
  input.folder = command.target;
  input.target_namespace = namespace_of(session.options, *client);
  if (!local) {
    app = TRY(find_app(*client, session.options, command.target));
    TRY(use_app(input, app));
    // git and the folder with its keys go before the program does.
    const Interrupts::Section section(session.interrupts);
    AppSource source = TRY(fetch_app_source(*client, app, command.remote_bases, section.stop()));
    session.progress("comparing " + source.revision + " with the cluster");
    input.manifests = std::move(source.manifests);
    secrets = std::move(source.secrets);
  } else if (!command.app.empty()) {
    app = TRY(find_app(*client, session.options, command.app));
    TRY(use_app(input, app));
    const RenderRequest request{.overlay = overlay_of(app),
                                .substitution = TRY(read_variables(*client, app))};
    secrets = redaction_of(request.substitution);
    Result<Manifests> manifests = render_target(request);
    if (!manifests) return secrets(manifests.error());
    input.manifests = *std::move(manifests);
  }
  std::unique_ptr<ClusterClient> target;
  if (!app.is_null()) target = TRY(connect_target(*client, app, kTimeout));
  Result<Comparison> compared = compare(target ? *target : *client, input);
  if (!compared) return secrets(compared.error());
  Comparison comparison = *std::move(compared);
  hide_secrets(comparison, secrets);
  if (session.options.output == OutputFormat::table) {
    TRY(session.print(diff_text(comparison, session.out)));
  } else {
    TRY(session.print_value(diff_value(comparison)));
  }
  return exit_code_of(comparison);
}

}  // namespace plumb::cli
