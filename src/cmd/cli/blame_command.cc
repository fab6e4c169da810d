// `plumb blame`: which commit, file and line set each field of an object. With --path from a clone
// alone; else of the app that has the object in the cluster, at the revision that is applied, and
// beside it what others set in the live object.
#include <algorithm>

#include "base/text.h"
#include "cmd/cli/app_source.h"
#include "cmd/cli/commands.h"
#include "cmd/cli/object_owner.h"
#include "cmd/cli/target_cluster.h"
#include "cmd/cli/text/blame_text.h"
#include "cmd/shared/remote_bases.h"
#include "core/preview/find_apps.h"
#include "core/spec/resources.h"
#include "edge/git/git_objects.h"
#include "edge/git/git_tree.h"
#include "edge/git/local_repository.h"

namespace plumb::cli {

namespace {

constexpr Duration kTimeout = std::chrono::seconds(15);
constexpr uint64_t kMaxCommitBytes = 1 << 20;

class GitHistory final : public History {
 public:
  GitHistory(std::shared_ptr<const GitObjectSource> objects,
             std::shared_ptr<const RemoteBases> bases)
      : objects_(std::move(objects)), bases_(std::move(bases)) {}

  [[nodiscard]] Result<std::optional<HistoryCommit>> commit(const CommitId& id) const override {
    const std::optional<GitObject> found = TRY(objects_->read_object(id.str(), kMaxCommitBytes));
    if (!found || found->kind != GitObjectKind::commit) return std::optional<HistoryCommit>();
    CommitText text = TRY(parse_commit(found->bytes));
    return std::optional(HistoryCommit{std::move(text.parents), std::move(text.author),
                                       text.authored_at, text.committed_at,
                                       std::move(text.subject)});
  }
  [[nodiscard]] Result<std::shared_ptr<const SourceTree>> tree(const CommitId& id) const override {
    return std::make_shared<const TreeWithBases>(TRY(open_git_tree(objects_, id)), bases_);
  }

 private:
  const std::shared_ptr<const GitObjectSource> objects_;
  const std::shared_ptr<const RemoteBases> bases_;
};

Result<ObjectName> object_name_of(const Session& session, const std::string& text) {
  const size_t slash = text.find('/');
  if (slash == 0 || slash == std::string::npos || slash + 1 == text.size()) {
    return Error(kUsage, "\"" + safe(text) + "\" is no object")
        .with_help("write Kind/name, as in plumb blame Deployment/web");
  }
  return ObjectName{text.substr(0, slash), text.substr(slash + 1), session.options.namespace_};
}

// What an App resource of the repository says of the folder; of several the first.
Result<RepositoryApp> app_at(const SourceTree& tree, const RelPath& path) {
  Budget budget;
  FoundApps found = TRY(find_apps(tree, "", budget));
  const auto at = std::find_if(found.apps.begin(), found.apps.end(),
                               [&](const RepositoryApp& app) { return app.path == path; });
  if (at != found.apps.end()) return std::move(*at);
  return RepositoryApp{.name = "", .path = path, .target_namespace = "", .position = {}};
}

Result<BlameView> blame_path(const Session& session, const BlameCommand& command) {
  const ObjectName object = TRY(object_name_of(session, command.object));
  const std::shared_ptr<const LocalRepository> repository =
      TRY(LocalRepository::open(command.repository.empty() ? "." : command.repository));
  const CommitId tip =
      TRY(repository->resolve_commit(command.revision.empty() ? "HEAD" : command.revision));
  // git and what it fetched go before the program does.
  const Interrupts::Section section(session.interrupts);
  const GitHistory history(repository,
                           TRY(remote_bases({.allowed = command.remote_bases}, section.stop())));
  const RepositoryApp app = TRY(app_at(*TRY(history.tree(tip)), TRY(RelPath::parse(command.path))));
  BlameView view{
      .object = {}, .app = app.name, .path = app.path.display(), .revision = "", .blame = {}};
  view.revision = abbreviated(tip);
  view.blame = TRY(blame_object(
      {.history = history,
       .tip = tip,
       .source = {.path = app.path, .overlay = app.overlay, .substitution = app.substitution},
       .object = object,
       .target_namespace = app.target_namespace}));
  view.object = view.blame.object;
  return view;
}

// The clone that is named; or the one here, if it has the commit.
Result<std::shared_ptr<const GitObjectSource>> clone_with(const BlameCommand& command,
                                                          const CommitId& commit) {
  const bool named = !command.repository.empty();
  Result<std::unique_ptr<LocalRepository>> opened =
      LocalRepository::open(named ? command.repository : ".");
  if (!opened) {
    if (named) return std::move(opened).error();
    return std::shared_ptr<const GitObjectSource>();
  }
  std::shared_ptr<const LocalRepository> clone = *std::move(opened);
  if (TRY(clone->read_object(commit.str(), kMaxCommitBytes))) {
    return std::shared_ptr<const GitObjectSource>(std::move(clone));
  }
  if (!named) return std::shared_ptr<const GitObjectSource>();
  return Error(kUnknownRevision, "\"" + safe(command.repository) + "\" does not have the commit " +
                                     abbreviated(commit) + " that is applied")
      .with_help("git fetch in it first, or leave --repo out");
}

Result<CommitId> applied_commit(const AppView& app) {
  Result<CommitId> commit = parse_commit_id(commit_of(app.status.last_applied_revision));
  if (commit) return commit;
  return Error(kAppNotFound, "app " + app.key.display() + " has not applied any commit yet")
      .with_help("plumb why " + app.key.display() + " says what it waits for");
}

Result<BlameView> blame_live(const Session& session, const BlameCommand& command) {
  TRY(object_name_of(session, command.object));
  // git and the folder with its keys go before the program does.
  const Interrupts::Section section(session.interrupts);
  const auto client = TRY(connect(session.options, kTimeout));
  const OwnedObject owned = TRY(find_owned_object(*client, session.options, command.object));
  const AppView app = app_view(owned.app);
  const CommitId commit =
      command.revision.empty() ? TRY(applied_commit(app)) : TRY(parse_commit_id(command.revision));
  std::optional<FetchedRepository> fetched;
  std::shared_ptr<const GitObjectSource> objects = TRY(clone_with(command, commit));
  if (objects == nullptr) {
    session.progress("fetching the repository: there is no clone of it here");
    fetched.emplace(TRY(fetch_repository(*client, owned.app, false, section.stop())));
    objects = fetched->store;
  }
  const RelPath path = TRY(RelPath::parse(app.path));
  BlameView view{.object = owned.key,
                 .app = app.key.display(),
                 .path = path.display(),
                 .revision = "",
                 .blame = {}};
  view.revision = command.revision.empty() ? short_revision(app.status.last_applied_revision)
                                           : abbreviated(commit);
  RemoteBasesOptions options{.allowed = command.remote_bases};
  if (fetched) {
    options.url = fetched->url;
    options.credentials = fetched->credentials;
  }
  const GitHistory history(objects, TRY(remote_bases(std::move(options), section.stop())));
  view.blame = TRY(blame_object({.history = history,
                                 .tip = commit,
                                 .source = {.path = path,
                                            .overlay = overlay_of(owned.app),
                                            .substitution = known_substitution_of(owned.app)},
                                 .object = {owned.key.kind, owned.key.name, owned.key.namespace_},
                                 .target_namespace = app.target_namespace}));
  const auto target = TRY(connect_target(*client, owned.app, kTimeout));
  ClusterClient& objects_in = target ? *target : *client;
  (void)TRY(objects_in.discover());
  const std::optional<Value> live = TRY(find_live(objects_in, owned.key));
  view.live = live ? owned_fields(*live) : std::vector<OwnedField>();
  return view;
}

}  // namespace

Result<int> run(const Session& session, const BlameCommand& command) {
  const BlameView view =
      command.path.empty() ? TRY(blame_live(session, command)) : TRY(blame_path(session, command));
  if (session.options.output == OutputFormat::table) {
    TRY(session.print(blame_text(view, session.out)));
  } else {
    TRY(session.print_value(blame_value(view)));
  }
  return kExitOk;
}

}  // namespace plumb::cli
