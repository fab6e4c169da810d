// PathGlob: which paths of a repository a rule is about. The whole path, case and all:
//   *    any letters but /, also none            ?    one letter but /
//   **   as a whole part: any number of parts, also none. So "a/**" is "a" and all below it, that a
//        symlink in the place of the folder is governed as the folder is.
// There are no brackets, braces and escapes (kBadGlob): what cannot be misread. A value; pure;
// thread safe; matching costs at most the product of both lengths.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/trust/policy/policy_errors.h"

namespace plumb::trust {

class PathGlob {
 public:
  [[nodiscard]] static Result<PathGlob> parse(std::string_view text);

  [[nodiscard]] bool matches(std::string_view path) const;
  // Whether every path of the other matches this one. May say no where the answer is yes.
  [[nodiscard]] bool covers(const PathGlob& other) const;
  [[nodiscard]] const std::string& text() const { return text_; }

  friend bool operator==(const PathGlob& a, const PathGlob& b) { return a.text_ == b.text_; }

 private:
  std::string text_;
  std::vector<std::string> parts_;
};

// * and ? in one word, as above.
[[nodiscard]] bool matches_word(std::string_view pattern, std::string_view word);

}  // namespace plumb::trust
