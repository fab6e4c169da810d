#include "core/render/plain/ignore.h"

#include <optional>

#include "base/text.h"
#include "base/wildcard.h"

namespace plumb::rendering::plain {
namespace {

// Without trailing spaces, but for one that is escaped.
std::string_view without_trailing_spaces(std::string_view line) {
  while (line.ends_with(' ') && !line.ends_with("\\ ")) line.remove_suffix(1);
  return line;
}

// Matches the set that opens at pattern[at] ('['). Moves `at` behind it; nullopt where it never
// closes.
std::optional<bool> matches_set(std::string_view pattern, size_t& at, char c) {
  size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size(); first = false) {
    if (pattern[i] == ']' && !first) {
      at = i + 1;
      return found != negated;
    }
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    const char low = pattern[i++];
    char high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      ++i;
      if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
      high = pattern[i++];
    }
    const auto byte = [](char x) { return static_cast<unsigned char>(x); };
    found = found || (byte(low) <= byte(c) && byte(c) <= byte(high));
  }
  return std::nullopt;
}

// One character against the pattern element at `at`, which is moved behind it.
bool matches_one(std::string_view pattern, size_t& at, char c) {
  switch (pattern[at]) {
    case '?':
      ++at;
      return true;
    case '[':
      return matches_set(pattern, at, c).value_or(false);
    case '\\':
      if (at + 1 < pattern.size()) ++at;
      [[fallthrough]];
    default:
      return pattern[at++] == c;
  }
}

// "**" in `pattern` stands for any number of parts.
bool matches_parts(const std::vector<std::string>& pattern, const std::vector<std::string>& parts) {
  const auto step = [&](size_t p, size_t t) -> std::optional<size_t> {
    if (!matches_glob(pattern[p], parts[t])) return std::nullopt;
    return p + 1;
  };
  return matches_wildcard(
      pattern.size(), parts.size(), [&](size_t p) { return pattern[p] == "**"; }, step);
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view text) {
  const auto step = [&](size_t p, size_t t) -> std::optional<size_t> {
    if (!matches_one(pattern, p, text[t])) return std::nullopt;
    return p;
  };
  return matches_wildcard(
      pattern.size(), text.size(), [&](size_t p) { return pattern[p] == '*'; }, step);
}

void IgnoreRules::add(std::string_view text, const RelPath& folder, const std::string& file) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  int number = 0;
  for (const std::string& raw : split(text, '\n')) {
    ++number;
    std::string_view line = raw;
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = without_trailing_spaces(line);
    if (line.empty() || line.starts_with('#')) continue;
    Rule rule = {.folder = folder, .parts = {}, .position = {file, number, 0}};
    if (line.starts_with('!')) {
      rule.keep = true;
      line.remove_prefix(1);
    }
    if (line.ends_with('/')) {
      rule.folder_only = true;
      line.remove_suffix(1);
    }
    const bool anchored = line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    if (!anchored) rule.parts.emplace_back("**");
    for (std::string& part : split(line, '/')) rule.parts.push_back(std::move(part));
    // "a/**" is all that is inside a, not a itself.
    if (rule.parts.back() == "**") rule.parts.emplace_back("*");
    rules_.push_back(std::move(rule));
  }
}

std::optional<Position> IgnoreRules::ignored_by(const RelPath& path, bool is_folder) const {
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->folder_only && !is_folder) continue;
    if (!path.is_within(rule->folder) || path == rule->folder) continue;
    std::vector<std::string> parts = path.parts();
    parts.erase(parts.begin(), parts.begin() + static_cast<ptrdiff_t>(rule->folder.parts().size()));
    if (!matches_parts(rule->parts, parts)) continue;
    return rule->keep ? std::nullopt : std::optional(rule->position);
  }
  return std::nullopt;
}

}  // namespace plumb::rendering::plain
