// preview: what a change of a config repository changes in the rendered manifests of its apps.
// Pure, and made from the two trees alone: no cluster is asked, so it says what Git says before and
// after; drift and defaults are `plumb diff`'s.
//
// An app whose inputs did not change is not rendered twice: the read-set of the first render says
// so. What leaves one app and comes to another of the same cluster is moved, as the operator hands
// it over. Whether two apps are of one cluster is told from where they are written: Apps in one
// folder, or folders named by hand in one call.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/diff/object_diff.h"
#include "core/preview/find_apps.h"

namespace plumb {

inline constexpr ErrorCode kNoApps{240, "NoApps"};  // neither tree has one that is asked for

enum class AppChange { none, created, changed, deleted };

struct AppPreview {
  std::string name;
  std::string path;                 // after; before where the app is deleted
  Position position;                // of the App resource
  AppChange app = AppChange::none;  // of the App resource
  std::vector<ObjectDiff> changes;
  size_t unchanged = 0;
  std::vector<Warning> warnings;
  std::vector<Risk> risks;     // of the app as a whole
  std::optional<Error> error;  // it does not render after the change
  bool was_broken = false;     // nor did it before: the change is not to blame
};

struct Preview {
  std::vector<AppPreview> apps;   // those that change, or cannot be rendered; by name
  size_t unaffected = 0;          // apps whose manifests stay the same
  std::vector<Warning> warnings;  // of the repository as a whole

  // Some app changes; one that renders neither before nor after is not known to.
  [[nodiscard]] bool differs() const;
  [[nodiscard]] bool failed() const;    // some app does not render any longer
  [[nodiscard]] size_t broken() const;  // apps that rendered neither before nor after
};

struct PreviewRequest {
  const SourceTree& before;
  const SourceTree& after;
  std::vector<std::string> folders = {};  // of apps; none: what App resources say
  std::string repository = {};            // only Apps of the Repository of this name
};

// An Error is of the request or of the world; what is wrong with an app stands in its preview.
[[nodiscard]] Result<Preview> preview(const PreviewRequest& request);

}  // namespace plumb
