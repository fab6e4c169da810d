// RelPath: a path inside a source tree. Normalised on construction: relative, "/"-separated, no
// empty, "." or ".." parts; "" is the root. A RelPath cannot leave its tree, so whole classes of
// mistakes cannot be written (after nix's CanonPath).
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace plumb {

inline constexpr ErrorCode kPathOutsideTree{210, "PathOutsideTree"};
inline constexpr ErrorCode kBadPath{211, "BadPath"};

class RelPath {
 public:
  RelPath() = default;  // the root

  // Accepts "a/b", "./a//b/", "a/../b". Refuses what would leave the root, absolute paths, NUL and
  // backslashes.
  [[nodiscard]] static Result<RelPath> parse(std::string_view text);
  // `text` as written in a file that stands in this directory ("../base" inside "apps/web" is
  // "apps/base").
  [[nodiscard]] Result<RelPath> resolve(std::string_view text) const;
  // One more part; `name` comes from a tree and is trusted to be a single part.
  [[nodiscard]] RelPath child(std::string_view name) const;

  [[nodiscard]] RelPath parent() const;        // of the root: the root
  [[nodiscard]] std::string filename() const;  // of the root: ""
  [[nodiscard]] bool is_root() const { return text_.empty(); }
  [[nodiscard]] bool is_within(const RelPath& directory) const;  // also when equal
  [[nodiscard]] std::vector<std::string> parts() const;
  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] std::string display() const { return text_.empty() ? "." : text_; }

  friend auto operator<=>(const RelPath&, const RelPath&) = default;

 private:
  explicit RelPath(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

}  // namespace plumb

template <>
struct std::hash<plumb::RelPath> {
  size_t operator()(const plumb::RelPath& p) const noexcept {
    return std::hash<std::string>()(p.str());
  }
};
