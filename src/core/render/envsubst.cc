#include "core/render/envsubst.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/number.h"
#include "base/text.h"
#include "core/render/glob_trim.h"
#include "lang/yaml/yaml.h"

namespace plumb::rendering {
namespace {

constexpr std::string_view kSubstituteKey = "kustomize.toolkit.fluxcd.io/substitute";

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name(const std::string& name) {
  const auto fits = [](char c) {
    return (is_letter(c) || is_digit(c)) && static_cast<unsigned char>(c) < 0x80;
  };
  return !name.empty() && !is_digit(name.front()) && std::all_of(name.begin(), name.end(), fits);
}

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

using Arguments = std::vector<std::string>;

std::string substring(const std::string& text, const Arguments& arguments) {
  const std::optional<int64_t> given = parse_int64(arguments[0]);
  if (!given) return text;
  const auto size = static_cast<int64_t>(text.size());
  const int64_t begin = *given < 0 ? std::max<int64_t>(0, size + std::max(*given, -size)) : *given;
  const auto from = [&](int64_t length) {
    return begin >= size ? std::string()
                         : text.substr(static_cast<size_t>(begin), static_cast<size_t>(length));
  };
  if (arguments.size() == 1) return from(size);
  const std::optional<int64_t> length = parse_int64(arguments[1]);
  if (!length) return text;
  if (*length >= 0) return from(std::min(*length, size));
  const int64_t end = size + std::max(*length, -size);
  return end < begin ? std::string() : from(end - begin);
}

Result<std::string> replaced(const std::string& name, std::string text, const Arguments& arguments,
                             Budget& budget) {
  const std::string& old = arguments[0];
  const std::string with = arguments.size() > 1 ? arguments[1] : "";
  if (name == "/#" || name == "/%") {
    if (arguments.size() != 2) return text;
    if (name == "/#" && text.starts_with(old)) return with + text.substr(old.size());
    if (name == "/%" && text.ends_with(old)) return text.substr(0, text.size() - old.size()) + with;
    return text;
  }
  std::string out;
  size_t at = 0;
  while (at <= text.size()) {
    const size_t found = text.find(old, at);
    if (found == std::string::npos) break;
    TRY(budget.spend_output_bytes(with.size() + found - at));
    out.append(text, at, found - at).append(with);
    at = found + old.size();
    if (name == "/") break;
    if (!old.empty()) continue;
    // An empty text is found before each character and at the end.
    if (at < text.size()) out += text[at];
    ++at;
  }
  return at < text.size() ? out + text.substr(at) : out;
}

std::string in_other_case(const std::string& name, std::string text) {
  const auto change = name.front() == '^' ? upper : lower;
  const size_t count = name.size() == 2 ? text.size() : std::min<size_t>(1, text.size());
  for (size_t i = 0; i < count; ++i) text[i] = change(text[i]);
  return text;
}

bool has_default(const std::string& function) {
  static constexpr std::string_view kDefaults[] = {"-", "+", "=", "?", ":-", ":+", ":=", ":?"};
  return std::find(std::begin(kDefaults), std::end(kDefaults), function) != std::end(kDefaults);
}

// What may be part of a token: a character and how many bytes the token has with it.
using Accepts = bool (*)(char c, size_t length);

bool any(char /*c*/, size_t /*length*/) {
  return true;
}
bool of_name(char c, size_t /*length*/) {
  return is_letter(c) || is_digit(c);
}
bool not_closing(char c, size_t /*length*/) {
  return c != '}';
}
bool not_colon(char c, size_t /*length*/) {
  return c != ':' && c != '}';
}
bool not_slash(char c, size_t /*length*/) {
  return c != '/';
}
bool colons(char c, size_t /*length*/) {
  return c == ':';
}
bool slashes(char c, size_t /*length*/) {
  return c == '/';
}
bool one_colon(char c, size_t length) {
  return c == ':' && length == 1;
}
bool one_equals(char c, size_t length) {
  return c == '=' && length == 1;
}
bool one_hash(char c, size_t length) {
  return c == '#' && length == 1;
}
bool hashes(char c, size_t length) {
  return c == '#' && length < 3;
}
bool percents(char c, size_t length) {
  return c == '%' && length < 3;
}
bool cases(char c, size_t length) {
  return (c == ',' || c == '^') && length < 3;
}
bool default_function(char c, size_t length) {
  if (length == 1) return c == ':';
  return length == 2 && (c == '=' || c == '-' || c == '?' || c == '+');
}
bool replace_function(char c, size_t length) {
  if (length == 1) return c == '/';
  return length == 2 && (c == '/' || c == '#' || c == '%');
}

class Expansion {
 public:
  Expansion(std::string_view text, const Substitution& substitution, Budget& budget)
      : text_(text.substr(0, text.find('\0'))), substitution_(substitution), budget_(budget) {}

  Result<std::string> run() {
    std::string out;
    while (at_ < text_.size()) {
      TRY(budget_.spend_steps());
      escapes_backslash_ = false;
      switch (scan(any, kText | kOpen | kEscape)) {
        case Token::text:
          TRY(budget_.spend_output_bytes(token_.size()));
          out += token_;
          break;
        case Token::open: {
          const std::string value = TRY(variable(1));
          TRY(budget_.spend_output_bytes(value.size()));
          out += value;
          break;
        }
        case Token::close:
        case Token::bad:
          return bad("it cannot be read");
      }
    }
    return out;
  }

 private:
  enum class Token { text, open, close, bad };
  static constexpr unsigned kText = 1;
  static constexpr unsigned kOpen = 2;
  static constexpr unsigned kClose = 4;
  static constexpr unsigned kEscape = 8;

  [[nodiscard]] char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  [[nodiscard]] bool at_escape() const {
    if (peek() == '$') return peek(1) == '$';
    return escapes_backslash_ && peek() == '\\' && (peek(1) == '/' || peek(1) == '\\');
  }

  Token scan(Accepts accepts, unsigned mode) {
    token_.clear();
    if (at_ >= text_.size()) return Token::bad;
    if ((mode & kOpen) != 0 && peek() == '$' && peek(1) == '{') {
      at_ += 2;
      return Token::open;
    }
    if ((mode & kClose) != 0 && peek() == '}') {
      ++at_;
      return Token::close;
    }
    if ((mode & kText) == 0) return Token::bad;
    while (at_ < text_.size()) {
      if (!token_.empty() && (mode & kOpen) != 0 && peek() == '$' && peek(1) == '{') break;
      if ((mode & kEscape) != 0 && at_escape()) {
        token_ += peek(1);
        at_ += 2;
        continue;
      }
      if (!accepts(peek(), token_.size() + 1)) break;
      token_ += text_[at_++];
    }
    return token_.empty() ? Token::bad : Token::text;
  }

  Error bad(const std::string& why) const {
    const auto line =
        1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n');
    const std::string where =
        name_.empty() ? "a variable" : "\"" + escape_terminal(shorten(name_)) + "\"";
    return Error(kBadSubstitution, "line " + std::to_string(line) + ": the substitution of " +
                                       where + " is wrong: " + why)
        .with_help("write $${ for a text that begins with ${, or set the annotation " +
                   std::string(kSubstituteKey) + ": disabled");
  }

  // NOLINTBEGIN(misc-no-recursion): `depth` is checked against the Budget
  // Behind "${".
  Result<std::string> variable(size_t depth) {
    TRY(budget_.check_depth(depth));
    TRY(budget_.spend_steps());
    escapes_backslash_ = true;
    if (peek() == '#') return length();
    if (scan(of_name, kText) != Token::text) return bad("it has no name");
    const std::string name = name_ = token_;
    std::string function;
    Arguments arguments;
    switch (peek()) {
      case ':':
        if (std::string_view("=-?+").find(peek(1)) != std::string_view::npos && peek(1) != '\0') {
          TRY(defaults(default_function, function, arguments, depth));
        } else {
          TRY(positions(function, arguments, depth));
        }
        break;
      case '=':
        TRY(defaults(one_equals, function, arguments, depth));
        break;
      case ',':
      case '^':
        TRY(named(cases, function));
        TRY(close());
        break;
      case '/':
        TRY(replacement(function, arguments, depth));
        break;
      case '#':
      case '%':
        TRY(named(peek() == '#' ? hashes : percents, function));
        arguments.push_back(TRY(argument(not_closing, kText, depth)));
        TRY(close());
        break;
      default:
        TRY(close());
    }
    name_ = name;
    return value_of(name, function, arguments);
  }

  Result<std::string> length() {
    std::string function;
    TRY(named(one_hash, function));
    if (scan(of_name, kText) != Token::text) return bad("it has no name");
    name_ = token_;
    TRY(close());
    const std::string value = TRY(value_of(name_, "", {}));
    return std::to_string(value.size());
  }

  Result<void> named(Accepts accepts, std::string& function) {
    if (scan(accepts, kText) != Token::text) return bad("its function cannot be read");
    function = token_;
    return {};
  }

  Result<void> close() {
    if (scan(any, kClose) != Token::close) return bad("\"}\" is missing");
    return {};
  }

  Result<std::string> argument(Accepts accepts, unsigned mode, size_t depth) {
    switch (scan(accepts, mode | kOpen)) {
      case Token::open:
        return variable(depth + 1);
      case Token::text:
        return token_;
      case Token::close:
      case Token::bad:
        return bad("an argument of its function is missing");
    }
    return std::string();
  }

  Result<void> defaults(Accepts accepts, std::string& function, Arguments& arguments,
                        size_t depth) {
    TRY(named(accepts, function));
    while (peek() != '}') arguments.push_back(TRY(argument(not_closing, kText, depth)));
    return close();
  }

  Result<void> positions(std::string& function, Arguments& arguments, size_t depth) {
    TRY(named(one_colon, function));
    arguments.push_back(TRY(argument(not_colon, kText, depth)));
    switch (scan(colons, kText | kClose)) {
      case Token::close:
        return {};
      case Token::text:
        break;
      case Token::open:
      case Token::bad:
        return bad("\"}\" is missing");
    }
    arguments.push_back(TRY(argument(not_closing, kText, depth)));
    return close();
  }

  Result<void> replacement(std::string& function, Arguments& arguments, size_t depth) {
    TRY(named(replace_function, function));
    arguments.push_back(TRY(argument(not_slash, kText | kEscape, depth)));
    if (scan(slashes, kText) != Token::text) return bad("\"/\" is missing");
    if (peek() == '}') return close();
    arguments.push_back(TRY(argument(not_closing, kText | kEscape, depth)));
    return close();
  }

  // NOLINTEND(misc-no-recursion)

  Result<std::string> value_of(const std::string& name, const std::string& function,
                               const Arguments& arguments) {
    const auto found = substitution_.variables.find(name);
    const bool is_set = found != substitution_.variables.end();
    if (!is_set && substitution_.strict && !has_default(function)) {
      return Error(kVariableNotSet,
                   "variable \"" + escape_terminal(shorten(name)) + "\" has no value")
          .with_help("set it, give it a default by ${" + escape_terminal(shorten(name)) +
                     ":=default}, or turn strict off");
    }
    std::string value = is_set ? found->second : "";
    if (function.empty()) return value;
    if (function == ":") return substring(value, arguments);
    if (function.front() == ',' || function.front() == '^') return in_other_case(function, value);
    if (function.front() == '/') return replaced(function, value, arguments, budget_);
    if (function.front() == '#') {
      return trim_prefix(value, arguments[0], function.size() == 2, budget_);
    }
    if (function.front() == '%') {
      return trim_suffix(value, arguments[0], function.size() == 2, budget_);
    }
    if (!value.empty()) return value;
    for (const std::string& part : arguments) value += part;
    return value;
  }

  std::string_view text_;
  const Substitution& substitution_;
  Budget& budget_;
  size_t at_ = 0;
  std::string token_;
  std::string name_;  // of the variable that is read, for errors
  bool escapes_backslash_ = false;
};

bool is_disabled(const Value& object) {
  return object.string_at({"metadata", "labels", kSubstituteKey}) == "disabled" ||
         object.string_at({"metadata", "annotations", kSubstituteKey}) == "disabled";
}

}  // namespace

Result<std::string> expand_variables(std::string_view text, const Substitution& substitution,
                                     Budget& budget) {
  return Expansion(text, substitution, budget).run();
}

Result<Value> substitute(const Value& object, const Substitution& substitution, Budget& budget) {
  if (substitution.variables.empty() || is_disabled(object)) return object;
  for (const auto& [name, value] : substitution.variables) {
    if (is_name(name)) continue;
    return Error(kBadSubstitution,
                 "\"" + escape_terminal(shorten(name)) + "\" is no name of a variable")
        .with_help("names are letters, digits and \"_\", and begin with no digit");
  }
  const std::string text = yaml::write(object);
  if (text.find('$') == std::string::npos) return object;
  const std::string expanded = TRY(expand_variables(text, substitution, budget));
  Result<Value> read = yaml::parse(expanded, "", budget);
  if (read) return read;
  // The error of the parser could tell what was put in.
  return Error(kBadSubstitution, "with its variables replaced this object is no YAML any more")
      .with_help("a value with a line break, \": \" or \" #\" in it needs quotes around its ${…}");
}

}  // namespace plumb::rendering
