#include "core/render/glob_trim.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace plumb::rendering {
namespace {

size_t character_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const size_t length = lead < 0xC0 ? 1 : (lead < 0xE0 ? 2 : (lead < 0xF0 ? 3 : 4));
  return std::min(length, text.size());
}

enum class Match { no, yes, bad_pattern };

struct Chunk {
  bool after_star = false;
  std::string_view pattern;
};

// The pattern up to its next star.
Chunk next_chunk(std::string_view& pattern) {
  Chunk out;
  while (pattern.starts_with('*')) {
    pattern.remove_prefix(1);
    out.after_star = true;
  }
  bool in_range = false;
  size_t end = 0;
  while (end < pattern.size() && (in_range || pattern[end] != '*')) {
    if (pattern[end] == '\\' && end + 1 < pattern.size()) ++end;
    if (pattern[end] == '[') in_range = true;
    if (pattern[end] == ']') in_range = false;
    ++end;
  }
  out.pattern = pattern.substr(0, end);
  pattern.remove_prefix(end);
  return out;
}

std::optional<std::string_view> range_end(std::string_view& chunk) {
  if (chunk.empty() || chunk.front() == '-' || chunk.front() == ']') return std::nullopt;
  if (chunk.front() == '\\') {
    chunk.remove_prefix(1);
    if (chunk.empty()) return std::nullopt;
  }
  const std::string_view out = chunk.substr(0, character_length(chunk));
  chunk.remove_prefix(out.size());
  if (chunk.empty()) return std::nullopt;
  return out;
}

// Behind "[". UTF-8 sorts as the characters do.
Match match_range(std::string_view& chunk, std::string_view character) {
  const bool negated = chunk.starts_with('^');
  if (negated) chunk.remove_prefix(1);
  bool matches = false;
  for (bool first = true; first || !chunk.starts_with(']'); first = false) {
    const std::optional<std::string_view> low = range_end(chunk);
    if (!low) return Match::bad_pattern;
    std::optional<std::string_view> high = low;
    if (chunk.front() == '-') {
      chunk.remove_prefix(1);
      high = range_end(chunk);
      if (!high) return Match::bad_pattern;
    }
    matches = matches || (*low <= character && character <= *high);
  }
  chunk.remove_prefix(1);
  return matches != negated ? Match::yes : Match::no;
}

// The text behind what the chunk matches is left in `text`.
Match match_chunk(std::string_view chunk, std::string_view& text) {
  while (!chunk.empty()) {
    if (text.empty()) return Match::no;
    const char first = chunk.front();
    if (first == '[' || first == '?') {
      const std::string_view character = text.substr(0, character_length(text));
      text.remove_prefix(character.size());
      chunk.remove_prefix(1);
      if (first == '?') continue;
      const Match match = match_range(chunk, character);
      if (match != Match::yes) return match;
      continue;
    }
    if (first == '\\') {
      chunk.remove_prefix(1);
      if (chunk.empty()) return Match::bad_pattern;
    }
    if (chunk.front() != text.front()) return Match::no;
    chunk.remove_prefix(1);
    text.remove_prefix(1);
  }
  return Match::yes;
}

Result<Match> match(std::string_view pattern, std::string_view text, Budget& budget) {
  while (!pattern.empty()) {
    const Chunk chunk = next_chunk(pattern);
    if (chunk.after_star && chunk.pattern.empty()) return Match::yes;
    const size_t last = chunk.after_star ? text.size() : 0;
    bool found = false;
    for (size_t skipped = 0; skipped <= last && !found; ++skipped) {
      TRY(budget.spend_steps());
      std::string_view rest = text.substr(skipped);
      const Match matched = match_chunk(chunk.pattern, rest);
      if (matched == Match::bad_pattern) return matched;
      // The last chunk has to reach the end.
      if (matched == Match::no || (pattern.empty() && !rest.empty())) continue;
      text = rest;
      found = true;
    }
    if (!found) return Match::no;
  }
  return text.empty() ? Match::yes : Match::no;
}

std::string reversed(const std::string& text) {
  std::string out;
  for (size_t end = text.size(); end > 0;) {
    size_t begin = end - 1;
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
    out.append(text, begin, end - begin);
    end = begin;
  }
  return out;
}

}  // namespace

Result<std::string> trim_prefix(const std::string& text, const std::string& pattern, bool longest,
                                Budget& budget) {
  size_t matched = 0;
  for (size_t length = text.size(); length > 0; --length) {
    const Match found = TRY(match(pattern, std::string_view(text).substr(0, length), budget));
    if (found == Match::bad_pattern) return text;
    if (found == Match::yes) matched = length;
    if (matched > 0 && longest) break;
  }
  return text.substr(matched);
}

Result<std::string> trim_suffix(const std::string& text, const std::string& pattern, bool longest,
                                Budget& budget) {
  return reversed(TRY(trim_prefix(reversed(text), reversed(pattern), longest, budget)));
}

}  // namespace plumb::rendering
