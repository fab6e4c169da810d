#include "core/trust/policy/field_pattern.h"

#include <re2/re2.h>

#include <optional>

#include "base/text.h"
#include "base/wildcard.h"

namespace plumb::trust {
namespace {

constexpr size_t kLongest = 1024;
constexpr int64_t kMostMemory = 1 << 20;

Error bad(std::string_view text, const std::string& why, const char* help) {
  return Error(kBadPattern, "\"" + escape_terminal(shorten(text)) + "\" " + why, Retry::denied)
      .with_help(help);
}

constexpr const char* kPointerHelp =
    "write a JSON pointer, like /images/*/newTag; * stands for one key or index, ** for any number";

}  // namespace

Result<FieldPattern> FieldPattern::parse(std::string_view text) {
  if (text.size() < 2 || text[0] != '/' || text.size() > kLongest) {
    return bad(text, "is no JSON pointer", kPointerHelp);
  }
  FieldPattern out;
  out.text_ = std::string(text);
  for (const std::string& part : split(text.substr(1), '/')) {
    std::string plain;
    for (size_t i = 0; i < part.size(); ++i) {
      if (part[i] != '~') {
        plain += part[i];
        continue;
      }
      const char next = i + 1 < part.size() ? part[++i] : '\0';
      if (next != '0' && next != '1') return bad(text, "has a ~ without 0 or 1", kPointerHelp);
      plain += next == '0' ? '~' : '/';
    }
    out.any_.push_back(part == "*" ? Any::one : part == "**" ? Any::many : Any::no);
    out.parts_.push_back(std::move(plain));
  }
  return out;
}

bool FieldPattern::matches(const std::vector<std::string>& path) const {
  const auto step = [&](size_t part, size_t i) -> std::optional<size_t> {
    if (any_[part] != Any::one && parts_[part] != path[i]) return std::nullopt;
    return part + 1;
  };
  return matches_wildcard(
      parts_.size(), path.size(), [&](size_t part) { return any_[part] == Any::many; }, step);
}

Result<ValuePattern> ValuePattern::parse(std::string_view text) {
  if (!text.starts_with('^') || text.size() > kLongest) {
    return bad(text, "does not begin with ^, so anything could stand in front of it",
               "begin the expression with ^, and end it with $ where nothing may follow");
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMostMemory);
  auto compiled =
      std::make_shared<const re2::RE2>(re2::StringPiece(text.data(), text.size()), options);
  if (!compiled->ok()) {
    return bad(text, "is no regular expression: " + escape_terminal(compiled->error()),
               "the syntax is RE2's: https://github.com/google/re2/wiki/Syntax");
  }
  ValuePattern out;
  out.text_ = std::string(text);
  out.compiled_ = std::move(compiled);
  return out;
}

bool ValuePattern::matches(std::string_view value) const {
  // From the start whatever the expression is: in ^a|b the ^ binds the first branch alone.
  return compiled_->Match(re2::StringPiece(value.data(), value.size()), 0, value.size(),
                          re2::RE2::ANCHOR_START, nullptr, 0);
}

}  // namespace plumb::trust
