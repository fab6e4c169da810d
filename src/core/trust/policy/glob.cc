#include "core/trust/policy/glob.h"

#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "base/wildcard.h"

namespace plumb::trust {
namespace {

constexpr size_t kLongest = 1024;

Error bad(std::string_view text, const std::string& why) {
  return Error(kBadGlob, "\"" + escape_terminal(shorten(text)) + "\" is no path pattern: " + why,
               Retry::denied)
      .with_help(
          "write a path from the root of the repository, like apps/*/kustomization.yaml or "
          "clusters/**/rbac/**");
}

bool is_wild(std::string_view part) {
  return part.find_first_of("*?") != std::string_view::npos;
}

// Whether every word of the pattern `b` matches the pattern `a`.
bool covers_word(const std::string& a, const std::string& b) {
  if (a == b || a == "*") return true;
  return !is_wild(b) && matches_word(a, b);
}

// Whether the parts of a pattern take all the words; ** takes any number of them, `fits` says what
// else takes one.
template <class Fits>
bool take_parts(const std::vector<std::string>& parts, const std::vector<std::string>& words,
                const Fits& fits) {
  const auto step = [&](size_t p, size_t w) -> std::optional<size_t> {
    if (!fits(parts[p], words[w])) return std::nullopt;
    return p + 1;
  };
  return matches_wildcard(
      parts.size(), words.size(), [&](size_t p) { return parts[p] == "**"; }, step);
}

}  // namespace

bool matches_word(std::string_view pattern, std::string_view word) {
  const auto step = [&](size_t p, size_t w) -> std::optional<size_t> {
    if (pattern[p] != '?' && pattern[p] != word[w]) return std::nullopt;
    return p + 1;
  };
  return matches_wildcard(
      pattern.size(), word.size(), [&](size_t p) { return pattern[p] == '*'; }, step);
}

Result<PathGlob> PathGlob::parse(std::string_view text) {
  if (text.empty()) return bad(text, "it is empty");
  if (text.size() > kLongest) return bad(text, "it is longer than 1024 letters");
  if (text.find_first_of("[]{}\\!") != std::string_view::npos) {
    return bad(text, "only * ? and ** stand for something; [ ] { } \\ ! are not known");
  }
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      return bad(text, "it has a control character");
    }
  }
  PathGlob out;
  out.text_ = std::string(text);
  for (std::string& part : split(text, '/')) {
    if (part.empty()) return bad(text, "it begins or ends with / or has an empty part");
    if (part == "." || part == "..") return bad(text, "no path has the part " + part);
    if (part != "**" && part.find("**") != std::string::npos) {
      return bad(text, "** must stand alone between two /");
    }
    if (part == "**" && !out.parts_.empty() && out.parts_.back() == "**") continue;
    out.parts_.push_back(std::move(part));
  }
  return out;
}

bool PathGlob::matches(std::string_view path) const {
  return take_parts(parts_, split(path, '/'), [](const std::string& part, const std::string& word) {
    return matches_word(part, word);
  });
}

// On the parts of the other pattern; a ** of the other is taken by a ** alone.
bool PathGlob::covers(const PathGlob& other) const {
  return take_parts(parts_, other.parts_, [](const std::string& part, const std::string& word) {
    return word != "**" && covers_word(part, word);
  });
}

}  // namespace plumb::trust
