// The apps of a config repository, as they are written in it: every App resource of a tree, or the
// folders that a person names. Pure; reads through the budget.
//
// An App counts when its path is a folder of this tree at all: others may belong to other
// repositories. Apps that a renderer would make (patches, templates) are not seen: name their
// folders.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "model/manifests.h"
#include "model/overlay.h"
#include "model/source_tree.h"
#include "model/substitution.h"

namespace plumb {

struct RepositoryApp {
  std::string name;  // "prod/web"; of a folder that was named: its path
  RelPath path;
  std::string target_namespace;
  Overlay overlay = {};
  Substitution substitution = {};
  bool prune = true;
  bool orphan = false;  // deletionPolicy
  Position position;    // of the App; empty for a folder that was named

  // Whether the two take the same from the repository.
  [[nodiscard]] bool takes_the_same(const RepositoryApp& other) const {
    return renders_the_same(other) && target_namespace == other.target_namespace;
  }
  // Of the same tree.
  [[nodiscard]] bool renders_the_same(const RepositoryApp& other) const {
    return path == other.path && overlay == other.overlay && substitution == other.substitution;
  }
};

struct FoundApps {
  std::vector<RepositoryApp> apps;
  std::vector<Warning> warnings;  // files that cannot be read
};

// `repository`: only Apps of the Repository of this name; "" for all.
[[nodiscard]] Result<FoundApps> find_apps(const SourceTree& tree, const std::string& repository,
                                          Budget& budget);
// Folders by their paths, in which "*" and "?" stand for letters of one part.
[[nodiscard]] Result<FoundApps> named_apps(const SourceTree& tree,
                                           const std::vector<std::string>& patterns,
                                           Budget& budget);

}  // namespace plumb
