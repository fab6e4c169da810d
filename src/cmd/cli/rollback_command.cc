// `plumb rollback`: what an app's path got since a commit is taken back by a commit on top, made in
// a person's own clone, signed with their key and pushed; then it waits for the cluster to come to
// it the way of every commit: the operator fetches, verifies and applies it. Nothing is written to
// the cluster but the requests to look now.
#include <algorithm>
#include <functional>
#include <thread>

#include "base/text.h"
#include "cmd/cli/commands.h"
#include "cmd/cli/reached_apps.h"
#include "cmd/cli/shared_sources.h"
#include "cmd/cli/sync_request.h"
#include "cmd/cli/text/status_text.h"
#include "core/spec/resources.h"
#include "edge/git/git_tree.h"
#include "edge/git/local_repository.h"
#include "edge/git_push/own_clone.h"
#include "edge/git_push/revert.h"
#include "edge/os/interrupts.h"

namespace plumb::cli {

namespace {

constexpr std::chrono::milliseconds kPoll{500};

struct Rollback {
  AppView app;
  Value object;  // the app as the cluster has it
  Value repository;
  Neighbours neighbours;             // that the revert may reach
  std::vector<RelPath> paths;        // that are reverted: the app's own first
  std::vector<RelPath> shared = {};  // that it is made from, and that stay
};

// Of those the ones that are not the same in both commits.
Result<std::vector<std::string>> changed(const OwnClone& clone, const std::vector<RelPath>& paths,
                                         const CommitId& a, const CommitId& b) {
  std::vector<std::string> out;
  for (const RelPath& path : paths) {
    if (!TRY(clone.same_at({path}, a, b))) out.push_back(path.display());
  }
  return out;
}

// A commit that does not render does not tell what the app is made from; others do.
std::vector<RelPath> shared_sources_at(const LocalRepository& repository,
                                       const std::shared_ptr<const GitObjectSource>& objects,
                                       const std::string& revision, const Rollback& rollback) {
  const Result<CommitId> commit = repository.resolve_commit(revision);
  if (!commit) return {};
  const auto tree = open_git_tree(objects, *commit);
  if (!tree) return {};
  return shared_sources(**tree, {.path = rollback.paths.front(),
                                 .overlay = overlay_of(rollback.object),
                                 .substitution = known_substitution_of(rollback.object)})
      .value_or(std::vector<RelPath>());
}

std::vector<RelPath> joined(std::vector<RelPath> paths, const std::vector<RelPath>& more) {
  for (const RelPath& one : more) {
    if (std::find(paths.begin(), paths.end(), one) == paths.end()) paths.push_back(one);
  }
  return paths;
}

Error too_shallow(const std::string& to) {
  return Error(kRollbackFailed,
               "this clone is shallow, and its history does not reach back to " + to.substr(0, 12))
      .with_help("git fetch --unshallow");
}

// The newest commit that the app was well on, and that had something else at these paths; what the
// history does not know, the repository does.
Result<std::string> last_good(const OwnClone& clone, const CommitId& tip, const Rollback& rollback,
                              const std::vector<RelPath>& paths) {
  const Value* history = rollback.object.find_path({"status", "history"});
  if (history != nullptr && history->as_list() != nullptr) {
    for (const Value& entry : *history->as_list()) {
      const Result<CommitId> commit = parse_commit_id(commit_of(entry.string_at({"revision"})));
      if (!commit || entry.string_at({"health"}) != to_string(HealthStatus::current)) continue;
      if (!TRY(clone.is_ancestor(*commit, tip))) {
        if (TRY(clone.is_shallow())) return too_shallow(commit->str());
        continue;
      }
      if (!TRY(clone.same_at(paths, *commit, tip))) return commit->str();
    }
  }
  const std::optional<CommitId> before = TRY(clone.before_last_change(paths, tip));
  if (before) return before->str();
  return Error(kNothingToRevert, "there is no earlier state of " + rollback.paths[0].display())
      .with_help("name a commit: --to COMMIT");
}

Result<std::string> branch_of(const Value& repository) {
  const std::string branch = followed_branch(repository);
  if (!branch.empty()) return branch;
  return Error(kRollbackFailed, "the repository does not follow a branch")
      .with_help("what it follows stands in spec.ref of the Repository: move that");
}

// What the tree that a revert makes means for other apps.
Result<ReachedApps> reached_by(const std::shared_ptr<const LocalRepository>& objects,
                               const Rollback& rollback, const CommitId& tip,
                               const ObjectId& reverted) {
  const std::shared_ptr<const GitObjectSource> source = objects;
  return reached_apps(rollback.neighbours.apps, *TRY(open_git_tree(source, tip)),
                      *open_git_tree(source, reverted));
}

std::string where_looked(const Neighbours& neighbours) {
  return neighbours.everywhere ? "" : " (of this namespace; others may not be listed)";
}

void tell(const Session& session, const ReachedApps& reached, const Neighbours& neighbours) {
  for (const std::string& name : reached.names) {
    session.progress("also changes app " + name + where_looked(neighbours) +
                     ", which is made from what is reverted");
  }
  for (const std::string& name : reached.unknown) {
    session.progress("may change app " + name + ", which does not render now");
  }
}

Error shared_changed(const std::vector<std::string>& files, const std::string& to,
                     const ReachedApps& reached, const Neighbours& neighbours) {
  std::string others = reached.names.empty() ? "no other app is"
                                             : join(reached.names, ", ") +
                                                   (reached.names.size() == 1 ? " is" : " are");
  others += " made from them, too" + where_looked(neighbours);
  if (!reached.unknown.empty()) {
    others += "; cannot be told of " + join(reached.unknown, ", ") + ", which does not render now";
  }
  return Error(kRollbackFailed,
               "the app is made from files outside of its path, too, which changed since " +
                   to.substr(0, 12) + ": " + safe(join(files, ", ")) + "; " + safe(others))
      .with_help(
          "--shared revert takes them back for all apps that are made from them; --shared keep "
          "leaves them");
}

// What is reverted, and to what, on top of a tip.
Result<Revert> revert_on(const Session& session, const OwnClone& clone, const CommitId& tip,
                         Rollback rollback, const RollbackCommand& command) {
  const std::shared_ptr<const LocalRepository> objects =
      TRY(LocalRepository::open(command.repository));
  const auto shared_at = [&](const std::string& revision) {
    return shared_sources_at(*objects, objects, revision, rollback);
  };
  const std::string applied = rollback.object.string_at({"status", "lastAppliedRevision"});
  rollback.shared = joined(shared_at(tip.str()), shared_at(commit_of(applied)));
  const bool takes_all = command.shared == SharedSources::revert;
  std::string to = command.to;
  if (to.empty()) {
    // What stays as it is makes no earlier state.
    const bool own_alone = command.shared == SharedSources::keep;
    to = TRY(last_good(clone, tip, rollback,
                       own_alone ? rollback.paths : joined(rollback.paths, rollback.shared)));
  }
  const Result<CommitId> back = objects->resolve_commit(to);
  if (!back && TRY(clone.is_shallow())) return too_shallow(safe(to));
  if (back) {
    rollback.shared = joined(rollback.shared, shared_at(to));
    const std::vector<RelPath> all = joined(rollback.paths, rollback.shared);
    if (takes_all) rollback.paths = all;
    const std::vector<std::string> others = TRY(changed(clone, rollback.shared, *back, tip));
    if (!others.empty() && command.shared == SharedSources::refuse) {
      const ObjectId reverted = TRY(clone.with_restored(tip, *back, all));
      return shared_changed(others, to, TRY(reached_by(objects, rollback, tip, reverted)),
                            rollback.neighbours);
    }
    for (const std::string& file : others) {
      session.progress(takes_all ? "reverts " + file + " for all apps that are made from it"
                                 : "keeps " + file + ", which changed since");
    }
  }
  Revert revert = TRY(propose_revert(
      clone, tip,
      {.paths = rollback.paths,
       .to = to,
       .subject = "Roll back " + rollback.app.key.display() + " to " + to.substr(0, 12),
       .trailers = {"Plumb-App: " + rollback.app.key.display()}}));
  tell(session, TRY(reached_by(objects, rollback, tip, revert.proposal.tree)), rollback.neighbours);
  return revert;
}

Result<PushOutcome> push_revert(const Session& session, OwnClone& clone, const Rollback& rollback,
                                const RollbackCommand& command) {
  return clone.push(TRY(branch_of(rollback.repository)),
                    [&](const CommitId& tip) -> Result<std::optional<Proposal>> {
                      Revert revert = TRY(revert_on(session, clone, tip, rollback, command));
                      for (const CommitId& commit : revert.undone) {
                        session.progress("reverts " + commit.str());
                      }
                      return std::optional(std::move(revert.proposal));
                    });
}

// Polls until `look` has an exit code; says what it waits for whenever that changes.
class Waiting {
 public:
  Waiting(const Session& session, Deadline deadline, std::stop_token stop)
      : session_(session), deadline_(deadline), stop_(std::move(stop)) {}

  Result<int> until(const std::string& hint,
                    const std::function<Result<std::optional<int>>(std::string&)>& look) {
    for (;;) {
      std::string state;
      const std::optional<int> code = TRY(look(state));
      if (code) return *code;
      if (state != said_) session_.progress("waiting: " + state);
      said_ = state;
      if (deadline_.passed()) {
        return Error(kDeadlineExceeded,
                     "the revert is pushed, and the cluster is not there yet: " + said_)
            .with_help(hint);
      }
      std::this_thread::sleep_for(
          std::min<std::chrono::milliseconds>(kPoll, deadline_.remaining()));
    }
  }

 private:
  const Session& session_;
  Deadline deadline_;
  std::stop_token stop_;
  std::string said_;
};

// The operator has come to the commit, or to a later one that somebody else pushed.
Result<bool> is_there(OwnClone& clone, const CommitId& pushed, const std::string& revision) {
  const Result<CommitId> now = parse_commit_id(commit_of(revision));
  if (!now || (*now != pushed && TRY(clone.is_ancestor(*now, pushed)))) return false;
  if (*now == pushed || TRY(clone.is_ancestor(pushed, *now))) return true;
  (void)TRY(clone.fetch());
  return clone.is_ancestor(pushed, *now);
}

Result<int> wait_for_repository(const Session& session, ClusterClient& client, OwnClone& clone,
                                Waiting& waiting, const RepositoryKey& key,
                                const CommitId& pushed) {
  const std::string asked = sync_request_value();
  TRY(ask_for_sync(client, repository_resource(), object_key(key), asked));
  return waiting.until("plumb why repo/" + key.name + " -n " + key.namespace_,
                       [&](std::string& state) -> Result<std::optional<int>> {
                         const RepositoryView view = repository_view(
                             TRY(client.get(repository_resource(), object_key(key))));
                         if (TRY(is_there(clone, pushed, view.status.commit)))
                           return std::optional(kExitOk);
                         const Condition* ready = find_condition(view.status.conditions, "Ready");
                         state = "the operator has not seen " + abbreviated(pushed);
                         const bool refused = ready != nullptr && ready->status == "False";
                         if (view.status.last_handled_sync != asked || !refused)
                           return std::optional<int>();
                         session.progress("repository " + key.display() +
                                          " does not take the revert: " + ready->message);
                         return std::optional(kExitDifferent);
                       });
}

Result<int> wait_for_app(const Session& session, ClusterClient& client, OwnClone& clone,
                         Waiting& waiting, const AppKey& key, const CommitId& pushed) {
  const std::string asked = sync_request_value();
  TRY(ask_for_sync(client, app_resource(), object_key(key), asked));
  return waiting.until(
      "plumb why " + key.name + " -n " + key.namespace_,
      [&](std::string& state) -> Result<std::optional<int>> {
        const AppView view = app_view(TRY(client.get(app_resource(), object_key(key))));
        const Readiness readiness = readiness_of(view);
        state = message_of(view, SystemClock().wall());
        const bool handled = view.status.last_handled_sync == asked &&
                             TRY(is_there(clone, pushed, view.status.last_attempted_revision));
        if (!handled || readiness == Readiness::progressing) return std::optional<int>();
        const bool ready = readiness == Readiness::ready;
        session.progress("app " + key.display() + (ready ? " is ready at " : " is not ready at ") +
                         abbreviated(pushed) + ": " + state);
        return std::optional(ready ? kExitOk : kExitDifferent);
      });
}

}  // namespace

Result<int> run(const Session& session, const RollbackCommand& command) {
  // git, and the folder of our index, go before the program does.
  const Interrupts::Section section(session.interrupts);
  const Deadline deadline = Deadline::in(command.timeout);
  const auto client = TRY(connect(session.options, std::chrono::seconds(15)));
  Rollback rollback;
  rollback.object = TRY(find_app(*client, session.options, command.app));
  rollback.app = app_view(rollback.object);
  rollback.paths = {TRY(RelPath::parse(rollback.app.path))};
  rollback.repository =
      TRY(client->get(repository_resource(), object_key(rollback.app.repository)));
  rollback.neighbours = TRY(neighbours_of(*client, rollback.app, rollback.repository));
  if (rollback.app.suspended || rollback.repository.bool_at({"spec", "suspend"})) {
    const std::string what = rollback.app.suspended
                                 ? command.app
                                 : "repo/" + rollback.repository.string_at({"metadata", "name"});
    return Error(kRollbackFailed, what + " is suspended: nothing would come of the revert")
        .with_help("plumb resume " + what);
  }
  const auto clone = TRY(OwnClone::open({.directory = command.repository,
                                         .url = rollback.repository.string_at({"spec", "url"}),
                                         .remote = command.remote,
                                         .branch = TRY(branch_of(rollback.repository)),
                                         .deadline = deadline,
                                         .stop = section.stop()}));
  if (!clone->signs()) {
    session.progress("warning: git has no user.signingKey, so the commit is not signed");
  }
  const PushOutcome outcome = TRY(push_revert(session, *clone, rollback, command));
  const CommitId pushed = outcome.commit.value_or(outcome.parent);
  session.progress("pushed " + pushed.str() + " to " + clone->remote());
  Waiting waiting(session, deadline, section.stop());
  const int fetched =
      TRY(wait_for_repository(session, *client, *clone, waiting, rollback.app.repository, pushed));
  if (fetched != kExitOk) return fetched;
  return wait_for_app(session, *client, *clone, waiting, rollback.app.key, pushed);
}

}  // namespace plumb::cli
