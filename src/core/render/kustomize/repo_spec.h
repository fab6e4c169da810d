// RepoSpec: an entry of resources or components that is a Git repository, taken apart as kustomize
// v5.8.1 does (api v0.21.1, internal/git/repospec.go): "https://host/org/repo//path?ref=…",
// "git@host:org/repo.git/path", "github.com/org/repo/path", "ssh://…", "file://…", "…/_git/repo/…".
// Of the query only ref (and version, its other name) counts here: how long a fetch may take is the
// operator's, and submodules are not read. Values; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/source_tree.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kNotPinned{1004, "KustomizeBaseNotPinned"};

struct RepoSpec {
  std::string host;  // with all in front of it, and what parts it from the path: "git@host:"
  std::string repository;
  std::string folder;  // in the repository; "" its root
  std::string ref;     // as written; "" where there is none

  [[nodiscard]] std::string clone_url() const { return host + repository; }
  friend bool operator==(const RepoSpec&, const RepoSpec&) = default;
};

// nullopt: kustomize takes it for a path.
[[nodiscard]] std::optional<RepoSpec> parse_repo_spec(std::string_view text);

// kNotPinned where the ref is no full commit id: what a branch or a tag names changes without a
// commit here.
[[nodiscard]] Result<RemoteBase> pinned(const RepoSpec& spec);

}  // namespace plumb::rendering::kustomize
