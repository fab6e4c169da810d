// Parsers of Git's commit and tree objects: pure, bounded by the size of the bytes. What an author
// wrote is not trusted: text fields are for people.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "edge/git/git_errors.h"
#include "model/git.h"
#include "model/source_tree.h"

namespace plumb {

struct CommitText {
  ObjectId tree;
  std::vector<CommitId> parents;
  std::string author;  // "Name <mail>"
  WallTime authored_at{};
  WallTime committed_at{};
  std::string subject;  // first line of the message
};

[[nodiscard]] Result<CommitText> parse_commit(std::string_view bytes);

// In the order of names as bytes (Git itself sorts "a/" for a directory "a"). Names that no tree
// may hold ("", ".", "..", ".git", with "/") are kBadGitObject.
[[nodiscard]] Result<std::vector<TreeEntry>> parse_tree(std::string_view bytes);

}  // namespace plumb
