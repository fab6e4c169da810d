#include "core/trust/policy/glob.h"

#include "base/text.h"

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

}  // namespace

bool matches_word(std::string_view pattern, std::string_view word) {
  size_t p = 0;
  size_t w = 0;
  size_t star = std::string_view::npos;  // the last * seen, and what it took so far
  size_t taken = 0;
  while (w < word.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = w;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == word[w])) {
      ++p;
      ++w;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      w = ++taken;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
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
  const std::vector<std::string> words = split(path, '/');
  // reached[i]: the parts before the current one can take the first i words.
  std::vector<char> reached(words.size() + 1, 0);
  reached[0] = 1;
  for (const std::string& part : parts_) {
    std::vector<char> next(words.size() + 1, 0);
    if (part == "**") {
      char any = 0;
      for (size_t i = 0; i <= words.size(); ++i) {
        if (reached[i] != 0) any = 1;
        next[i] = any;
      }
    } else {
      for (size_t i = 0; i < words.size(); ++i) {
        next[i + 1] = reached[i] != 0 && matches_word(part, words[i]) ? 1 : 0;
      }
    }
    reached = std::move(next);
  }
  return reached[words.size()] != 0;
}

// The same as matches, on the parts of the other pattern; a ** of the other is taken by a ** alone.
bool PathGlob::covers(const PathGlob& other) const {
  const std::vector<std::string>& words = other.parts_;
  std::vector<char> reached(words.size() + 1, 0);
  reached[0] = 1;
  for (const std::string& part : parts_) {
    std::vector<char> next(words.size() + 1, 0);
    if (part == "**") {
      char any = 0;
      for (size_t i = 0; i <= words.size(); ++i) {
        if (reached[i] != 0) any = 1;
        next[i] = any;
      }
    } else {
      for (size_t i = 0; i < words.size(); ++i) {
        next[i + 1] = reached[i] != 0 && words[i] != "**" && covers_word(part, words[i]) ? 1 : 0;
      }
    }
    reached = std::move(next);
  }
  return reached[words.size()] != 0;
}

}  // namespace plumb::trust
