// What sync, suspend, resume and why are about: an app, or "repo/NAME" for a repository.
#pragma once

#include <string>
#include <string_view>

#include "cmd/cli/cluster_access.h"

namespace plumb::cli {

struct Target {
  bool is_repository = false;
  ObjectKey key;
  Value object;

  [[nodiscard]] const ApiResource& resource() const {
    return is_repository ? repository_resource() : app_resource();
  }
  // "app prod/web"
  [[nodiscard]] std::string display() const {
    return (is_repository ? "repository " : "app ") + key.namespace_ + "/" + key.name;
  }
};

[[nodiscard]] bool names_a_repository(std::string_view text);
[[nodiscard]] Result<Target> find_target(ClusterClient& client, const GlobalOptions& options,
                                         const std::string& text);

}  // namespace plumb::cli
