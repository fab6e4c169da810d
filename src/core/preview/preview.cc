#include "core/preview/preview.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "base/text.h"
#include "core/plan/prune.h"
#include "core/preview/scopes.h"
#include "core/render/render.h"

namespace plumb {
namespace {

// An app before or after the change.
struct Side {
  std::optional<RepositoryApp> app;
  std::vector<Manifest> manifests;
  std::optional<Error> error;
};

struct Pair {
  Side before;
  Side after;
  bool same_inputs = false;

  [[nodiscard]] const RepositoryApp& app() const { return after.app ? *after.app : *before.app; }
  // What lets two apps hand objects to each other: see preview.h.
  [[nodiscard]] std::string cluster() const {
    const std::string& file = app().position.file;
    const size_t slash = file.rfind('/');
    return slash == std::string::npos ? "" : file.substr(0, slash);
  }
};

Result<FoundApps> apps_of(const SourceTree& tree, const PreviewRequest& request) {
  Budget budget;
  if (!request.folders.empty()) return named_apps(tree, request.folders, budget);
  return find_apps(tree, request.repository, budget);
}

// Apps are the same by name; where a repository has several of one name (of several clusters), by
// name and file.
std::vector<Pair> pair_up(const FoundApps& before, const FoundApps& after) {
  std::map<std::string, std::pair<int, int>> counts;
  for (const RepositoryApp& app : before.apps) ++counts[app.name].first;
  for (const RepositoryApp& app : after.apps) ++counts[app.name].second;
  const auto id_of = [&](const RepositoryApp& app) {
    const auto& [old_count, new_count] = counts[app.name];
    return std::pair(app.name, old_count > 1 || new_count > 1 ? app.position.file : "");
  };
  std::map<std::pair<std::string, std::string>, Pair> pairs;
  for (const RepositoryApp& app : before.apps) pairs[id_of(app)].before.app = app;
  for (const RepositoryApp& app : after.apps) pairs[id_of(app)].after.app = app;
  std::vector<Pair> out;
  for (auto& [id, pair] : pairs) out.push_back(std::move(pair));
  return out;
}

Result<Manifests> rendered(const SourceTree& tree, const RepositoryApp& app) {
  Budget budget;
  return render(tree, {.path = app.path, .overlay = app.overlay, .substitution = app.substitution},
                budget);
}

void render_after(Pair& pair, const SourceTree& tree) {
  Result<Manifests> after = rendered(tree, *pair.after.app);
  if (after) {
    pair.after.manifests = std::move(after->objects);
  } else {
    pair.after.error = after.error();
  }
}

Result<void> render_both(Pair& pair, const PreviewRequest& request) {
  if (!pair.before.app) {
    render_after(pair, request.after);
    return {};
  }
  Result<Manifests> before = rendered(request.before, *pair.before.app);
  if (!before) {
    pair.before.error = before.error();
    if (pair.after.app) render_after(pair, request.after);
    return {};
  }
  pair.before.manifests = std::move(before->objects);
  if (!pair.after.app) return {};
  if (pair.before.app->renders_the_same(*pair.after.app) &&
      TRY(holds(before->read_set, request.after))) {
    pair.same_inputs = pair.before.app->takes_the_same(*pair.after.app);
    pair.after.manifests = pair.before.manifests;
  } else {
    render_after(pair, request.after);
  }
  return {};
}

Result<bool> is_of_this_repository(const Pair& pair, const PreviewRequest& request) {
  const bool before =
      pair.before.app && TRY(request.before.kind(pair.before.app->path)).has_value();
  return before || (pair.after.app && TRY(request.after.kind(pair.after.app->path)).has_value());
}

AppChange change_of(const Pair& pair) {
  if (!pair.before.app) return AppChange::created;
  if (!pair.after.app) return AppChange::deleted;
  const bool same = pair.before.app->takes_the_same(*pair.after.app) &&
                    pair.before.app->prune == pair.after.app->prune;
  return same ? AppChange::none : AppChange::changed;
}

AppPreview compared(const Pair& pair, bool named) {
  AppPreview out{.name = pair.app().name,
                 .path = pair.app().path.display(),
                 .position = pair.app().position,
                 .app = named ? AppChange::none : change_of(pair),
                 .changes = {},
                 .warnings = {},
                 .risks = {},
                 .error = pair.after.error,
                 .was_broken = pair.before.error && pair.after.error};
  if (out.error) return out;
  if (pair.before.error) {
    out.warnings.push_back(
        {"it does not render before the change, so that all of it is shown as "
         "created: " +
             pair.before.error->message(),
         pair.before.error->position().value_or(Position{})});
  }
  const bool stays = pair.after.app ? !pair.after.app->prune : pair.before.app->orphan;
  ManifestsDiff diff = diff_manifests(pair.before.manifests, pair.after.manifests,
                                      stays ? ObjectDiffKind::released : ObjectDiffKind::deleted);
  out.changes = std::move(diff.changes);
  out.unchanged = diff.unchanged;
  return out;
}

const Manifest& manifest_of(const std::vector<Manifest>& manifests, const ObjectKey& key) {
  return *std::find_if(manifests.begin(), manifests.end(),
                       [&](const Manifest& one) { return one.key == key; });
}

// Objects that left one app and came to another of the same cluster.
class Moves {
 public:
  Moves(const std::vector<Pair>& pairs, std::vector<AppPreview>& previews)
      : pairs_(pairs), previews_(previews) {
    for (size_t i = 0; i < previews.size(); ++i) {
      for (size_t j = 0; j < previews[i].changes.size(); ++j) note(i, j);
    }
  }

  void mark() {
    for (const auto& [where, ends] : ends_) {
      if (ends.left.size() == 1 && ends.came.size() == 1) mark(ends.left[0], ends.came[0]);
    }
  }

 private:
  using Place = std::pair<size_t, size_t>;  // app, change
  struct Ends {
    std::vector<Place> left;
    std::vector<Place> came;
  };

  void note(size_t app, size_t change) {
    const ObjectDiff& one = previews_[app].changes[change];
    const std::pair where{pairs_[app].cluster(), one.key};
    if (one.kind == ObjectDiffKind::created) {
      ends_[where].came.emplace_back(app, change);
    } else if (one.kind != ObjectDiffKind::changed) {
      ends_[where].left.emplace_back(app, change);
    }
  }

  void mark(const Place& left, const Place& came) {
    ObjectDiff& old = previews_[left.first].changes[left.second];
    ObjectDiff& now = previews_[came.first].changes[came.second];
    const ManifestsDiff both = diff_manifests(
        {manifest_of(pairs_[left.first].before.manifests, old.key)},
        {manifest_of(pairs_[came.first].after.manifests, old.key)}, ObjectDiffKind::deleted);
    const std::string from = "from app " + previews_[left.first].name;
    if (both.changes.empty()) {
      now.kind = ObjectDiffKind::moved;
      now.fields.clear();
    } else {
      now = both.changes.front();
    }
    now.note = from;
    old.kind = ObjectDiffKind::moved;
    old.note = "to app " + previews_[came.first].name;
    old.risks.clear();
  }

  const std::vector<Pair>& pairs_;
  std::vector<AppPreview>& previews_;
  std::map<std::pair<std::string, ObjectKey>, Ends> ends_;
};

// What the operator would hold until a person confirms it: the same rules (core/plan/prune).
void add_held(const Pair& pair, AppPreview& out) {
  if (out.error || !pair.after.app) {
    if (!pair.after.app && !pair.before.manifests.empty() && !pair.before.app->orphan) {
      out.risks.push_back(
          {"DeletesContents", "the app goes away, and its objects with it", pair.app().position});
    }
    return;
  }
  const auto deletions = static_cast<size_t>(
      std::count_if(out.changes.begin(), out.changes.end(),
                    [](const ObjectDiff& one) { return one.kind == ObjectDiffKind::deleted; }));
  const size_t known = pair.before.manifests.size();
  if (deletions > 0 && pair.after.manifests.empty()) {
    out.risks.push_back({"EmptyRender",
                         "the source has no objects any more: those of the cluster are kept until "
                         "a person confirms it",
                         pair.app().position});
    return;
  }
  if (exceeds_prune_budget(deletions, known)) {
    out.risks.push_back({"PruneNeedsConfirmation",
                         "this would delete " + std::to_string(deletions) + " of " +
                             std::to_string(known) +
                             " objects: they are kept until a person confirms it",
                         pair.app().position});
  }
  for (ObjectDiff& one : out.changes) {
    if (one.kind != ObjectDiffKind::deleted) continue;
    const Manifest& gone = manifest_of(pair.before.manifests, one.key);
    const bool guarded = is_prune_protected(one.key.group_kind()) ||
                         deletion_rules_of(gone.body).prune == DeletionRule::confirm;
    if (guarded) one.note = "when a person confirms it";
  }
}

// Said loudly: "no change" of a plan that looked at nothing would be taken for a promise.
Error no_apps(const PreviewRequest& request) {
  if (!request.folders.empty()) {
    return Error(kNoApps, "no folder of the repository is " + join(request.folders, " or "))
        .with_help("folders are named from the root of the repository, as in --app 'apps/*'");
  }
  return Error(kNoApps, "no App resource is in the repository" +
                            (request.repository.empty() ? std::string()
                                                        : " for Repository " + request.repository))
      .with_help("name the folders of the apps, as in --app 'apps/*'");
}

bool is_of_interest(const AppPreview& one) {
  return one.error || one.app != AppChange::none || !one.changes.empty();
}

}  // namespace

bool Preview::differs() const {
  return std::any_of(apps.begin(), apps.end(), [](const AppPreview& app) {
    return !app.was_broken || app.app != AppChange::none;
  });
}

bool Preview::failed() const {
  return std::any_of(apps.begin(), apps.end(), [](const AppPreview& app) {
    return app.error.has_value() && !app.was_broken;
  });
}

size_t Preview::broken() const {
  return static_cast<size_t>(std::count_if(apps.begin(), apps.end(),
                                           [](const AppPreview& app) { return app.was_broken; }));
}

Result<Preview> preview(const PreviewRequest& request) {
  const FoundApps before = TRY(apps_of(request.before, request));
  const FoundApps after = TRY(apps_of(request.after, request));
  if (before.apps.empty() && after.apps.empty()) return no_apps(request);
  Preview out;
  out.warnings = after.warnings;
  std::vector<Pair> pairs;
  Scopes scopes;
  for (Pair& pair : pair_up(before, after)) {
    if (!TRY(is_of_this_repository(pair, request))) {
      out.warnings.push_back({"App " + pair.app().name + " is left out: there is no folder \"" +
                                  pair.app().path.display() + "\" in this repository",
                              pair.app().position});
      continue;
    }
    TRY(render_both(pair, request));
    scopes.learn(pair.before.manifests);
    scopes.learn(pair.after.manifests);
    if (pair.same_inputs && change_of(pair) == AppChange::none) {
      ++out.unaffected;
    } else {
      pairs.push_back(std::move(pair));
    }
  }
  for (Pair& pair : pairs) {
    if (pair.before.app) place(pair.before.manifests, scopes, pair.before.app->target_namespace);
    if (pair.after.app) place(pair.after.manifests, scopes, pair.after.app->target_namespace);
    out.apps.push_back(compared(pair, !request.folders.empty()));
  }
  Moves(pairs, out.apps).mark();
  for (size_t i = 0; i < pairs.size(); ++i) add_held(pairs[i], out.apps[i]);
  const auto same = std::stable_partition(out.apps.begin(), out.apps.end(), is_of_interest);
  out.unaffected += static_cast<size_t>(out.apps.end() - same);
  out.apps.erase(same, out.apps.end());
  return out;
}

}  // namespace plumb
