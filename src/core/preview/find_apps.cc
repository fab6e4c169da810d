#include "core/preview/find_apps.h"

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "core/spec/resources.h"
#include "core/trust/policy/glob.h"
#include "lang/yaml/yaml.h"
#include "model/spec.h"

namespace plumb {
namespace {

using Visit = std::function<Result<void>(const RelPath&, const TreeEntry&)>;

// Every entry below the root but hidden folders and what is in them.
Result<void> visit_tree(const SourceTree& tree, Budget& budget, const Visit& visit) {
  std::vector<RelPath> folders{RelPath()};
  while (!folders.empty()) {
    const RelPath folder = std::move(folders.back());
    folders.pop_back();
    for (const TreeEntry& entry : TRY(tree.list(folder))) {
      TRY(budget.spend_files());
      const RelPath path = folder.child(entry.name);
      TRY(visit(path, entry));
      if (entry.kind == EntryKind::directory && !entry.name.starts_with('.')) {
        folders.push_back(path);
      }
    }
  }
  return {};
}

bool is_manifest(const std::string& name) {
  return name.ends_with(".yaml") || name.ends_with(".yml") || name.ends_with(".json");
}

// Cheap: most files of a repository hold no App, and are not parsed.
bool may_hold_apps(const std::string& text) {
  return text.find("plumb.dev/v1alpha1") != std::string::npos &&
         text.find("App") != std::string::npos;
}

class Finder {
 public:
  Finder(const SourceTree& tree, const std::string& repository, Budget& budget)
      : tree_(tree), repository_(repository), budget_(budget) {}

  Result<FoundApps> run() {
    TRY(visit_tree(tree_, budget_, [this](const RelPath& path, const TreeEntry& entry) {
      return entry.kind == EntryKind::file && is_manifest(entry.name) ? read(path) : Result<void>();
    }));
    std::sort(out_.apps.begin(), out_.apps.end(),
              [](const RepositoryApp& a, const RepositoryApp& b) {
                return std::tie(a.name, a.position.file, a.position.line) <
                       std::tie(b.name, b.position.file, b.position.line);
              });
    return std::move(out_);
  }

 private:
  Result<void> read(const RelPath& path) {
    const Result<std::string> text = tree_.read(path, budget_.limits().file_bytes);
    if (!text) {
      if (text.error().code() != kBudgetExceeded) return text.error();
      return {};  // no manifest is that large
    }
    if (!may_hold_apps(*text)) return {};
    Budget own(budget_.limits());
    const auto documents = yaml::parse_all(*text, path.str(), own);
    if (!documents) {
      const Position position = documents.error().position().value_or(Position{path.str(), 0, 0});
      out_.warnings.push_back({"Apps may be missing: " + documents.error().message(), position});
      return {};
    }
    for (const yaml::Document& document : *documents) {
      add(document.value, {path.str(), document.line, 0});
    }
    return {};
  }

  void add(const Value& value, const Position& position) {
    // A List is one document of several objects.
    if (const Value* items = value.find("items"); items != nullptr && items->as_list() != nullptr) {
      for (const Value& item : *items->as_list()) add_one(item, position);
    } else {
      add_one(value, position);
    }
  }

  void add_one(const Value& value, const Position& position) {
    const ObjectKey key = key_of(value);
    if (key.group != kApiGroup || key.kind != "App" || key.name.empty()) return;
    if (!repository_.empty() && value.string_at({"spec", "repository", "name"}) != repository_) {
      return;
    }
    const Result<RelPath> path = RelPath::parse(value.string_at({"spec", "path"}));
    if (!path) {
      out_.warnings.push_back({path.error().message(), position});
      return;
    }
    if (takes_variables(value)) {
      out_.warnings.push_back(
          {"the variables of spec.postBuild.substituteFrom are in the cluster; here they are empty",
           position});
    }
    const Value* prune = value.find_path({"spec", "prune"});
    out_.apps.push_back(
        {.name = key.namespace_.empty() ? key.name : key.namespace_ + "/" + key.name,
         .path = *path,
         .target_namespace = value.string_at({"spec", "targetNamespace"}),
         .overlay = overlay_of(value),
         .substitution = known_substitution_of(value),
         .prune = prune == nullptr || prune->as_bool() == nullptr || *prune->as_bool(),
         .orphan = value.string_at({"spec", "deletionPolicy"}) == "orphan",
         .position = position});
  }

  const SourceTree& tree_;
  const std::string& repository_;
  Budget& budget_;
  FoundApps out_;
};

RepositoryApp named(const RelPath& path) {
  return {.name = path.display(), .path = path, .target_namespace = {}, .position = {}};
}

}  // namespace

Result<FoundApps> find_apps(const SourceTree& tree, const std::string& repository, Budget& budget) {
  return Finder(tree, repository, budget).run();
}

Result<FoundApps> named_apps(const SourceTree& tree, const std::vector<std::string>& patterns,
                             Budget& budget) {
  std::vector<RelPath> paths;
  std::vector<trust::PathGlob> globs;
  for (const std::string& pattern : patterns) {
    const RelPath path = TRY(RelPath::parse(pattern));
    if (pattern.find_first_of("*?") == std::string::npos) {
      if (TRY(tree.kind(path))) paths.push_back(path);
    } else {
      globs.push_back(TRY(trust::PathGlob::parse(path.str())));
    }
  }
  if (!globs.empty()) {
    TRY(visit_tree(tree, budget, [&](const RelPath& path, const TreeEntry& entry) -> Result<void> {
      const bool hidden = entry.name.starts_with('.');
      if (entry.kind != EntryKind::directory || hidden) return {};
      if (std::any_of(globs.begin(), globs.end(),
                      [&](const trust::PathGlob& glob) { return glob.matches(path.str()); })) {
        paths.push_back(path);
      }
      return {};
    }));
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  FoundApps out;
  for (const RelPath& path : paths) out.apps.push_back(named(path));
  return out;
}

}  // namespace plumb
