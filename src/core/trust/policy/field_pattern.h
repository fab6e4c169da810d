// What a rule says of fields and their values. Values; pure; thread safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/trust/policy/policy_errors.h"

namespace re2 {
class RE2;
}

namespace plumb::trust {

// A JSON pointer (RFC 6901) whose parts may be "*": any one key or index, or "**": any number of
// them. "/images/*/newTag", "/**/containers/*/image".
class FieldPattern {
 public:
  [[nodiscard]] static Result<FieldPattern> parse(std::string_view text);
  [[nodiscard]] bool matches(const std::vector<std::string>& path) const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::vector<std::string> parts_;  // unescaped; not used where any_ is set
  enum class Any { no, one, many };
  std::vector<Any> any_;
};

// A regular expression (RE2) for a value. It must begin with ^, so that nothing can stand in front
// of what it says; $ is the end of the text, never of a line.
class ValuePattern {
 public:
  [[nodiscard]] static Result<ValuePattern> parse(std::string_view text);
  [[nodiscard]] bool matches(std::string_view value) const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace plumb::trust
