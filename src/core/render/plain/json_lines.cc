#include "core/render/plain/json_lines.h"

#include <algorithm>
#include <cstddef>

namespace plumb::rendering::plain {
namespace {

// Steps over valid JSON; every function returns the offset behind what it skipped.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  [[nodiscard]] char at(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

  // Over blanks, commas and colons.
  [[nodiscard]] size_t blank(size_t i) const {
    return std::min(text_.find_first_not_of(" \t\r\n,:", i), text_.size());
  }

  [[nodiscard]] size_t string(size_t i) const {
    for (++i; i < text_.size() && text_[i] != '"'; ++i) {
      if (text_[i] == '\\') ++i;
    }
    return std::min(i + 1, text_.size());
  }

  [[nodiscard]] size_t value(size_t i) const {
    int depth = 0;
    while (i < text_.size()) {
      const char c = text_[i];
      if (c == '"') {
        i = string(i);
      } else if (c == '{' || c == '[') {
        ++depth;
        ++i;
      } else if (c == '}' || c == ']') {
        --depth;
        ++i;
      } else if (depth > 0) {
        ++i;
      } else {
        return std::min(text_.find_first_of(",]} \t\r\n", i), text_.size());
      }
      if (depth == 0) return i;
    }
    return i;
  }

  // The value of a member or element of what opens at i; npos where there is none. Keys are
  // compared as written.
  [[nodiscard]] size_t child(size_t i, const std::string& part) const {
    const bool is_map = at(i) == '{';
    if (!is_map && at(i) != '[') return std::string_view::npos;
    size_t index = 0;
    for (i = blank(i + 1); i < text_.size() && at(i) != '}' && at(i) != ']'; ++index) {
      bool found = !is_map && std::to_string(index) == part;
      if (is_map) {
        const size_t end = string(i);
        found = text_.substr(i + 1, end - i - 2) == part;
        i = blank(end);
      }
      if (found) return i;
      i = blank(value(i));
    }
    return std::string_view::npos;
  }

 private:
  std::string_view text_;
};

}  // namespace

int JsonLines::line_of(const std::vector<std::string>& path) const {
  const Scanner scanner(text_);
  size_t place = scanner.blank(0);
  for (const std::string& part : path) {
    const size_t next = scanner.child(place, part);
    if (next == std::string_view::npos) break;
    place = next;
  }
  const auto end = text_.begin() + static_cast<ptrdiff_t>(std::min(place, text_.size()));
  return 1 + static_cast<int>(std::count(text_.begin(), end, '\n'));
}

}  // namespace plumb::rendering::plain
