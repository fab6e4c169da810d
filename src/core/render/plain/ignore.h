// IgnoreRules: which paths are left out, by the syntax and rules of gitignore(5), Git 2.39:
// comments, `!`, `/` anchors, folder-only patterns, `*`, `?`, `[a-z]`, `**`, backslash escapes; the
// last rule that matches decides. A rule speaks for the folder its file stands in and what is
// below. That nothing below an ignored folder can come back follows from never entering one. Value.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/rel_path.h"

namespace plumb::rendering::plain {

class IgnoreRules {
 public:
  // Adds the rules of an ignore file; later rules overrule earlier ones.
  void add(std::string_view text, const RelPath& folder, const std::string& file);

  // Where the rule stands that leaves the path out; nullopt if it stays.
  [[nodiscard]] std::optional<Position> ignored_by(const RelPath& path, bool is_folder) const;

  // For leaving a folder: forget all rules added after `size` was taken.
  [[nodiscard]] size_t size() const { return rules_.size(); }
  void truncate(size_t size) { rules_.resize(size); }

 private:
  struct Rule {
    RelPath folder;
    std::vector<std::string> parts;  // "**" stands for any number of path parts
    bool keep = false;               // "!"
    bool folder_only = false;
    Position position;
  };

  std::vector<Rule> rules_;
};

// One part of a path against one part of a pattern (no '/').
[[nodiscard]] bool matches_glob(std::string_view pattern, std::string_view text);

}  // namespace plumb::rendering::plain
