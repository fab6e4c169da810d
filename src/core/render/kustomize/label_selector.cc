#include "core/render/kustomize/label_selector.h"

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "base/text.h"

namespace plumb::rendering::kustomize {
namespace {

enum class Token {
  end,
  bad,
  word,
  in,
  notin,
  open,
  close,
  comma,
  bang,
  equals,
  differs,
  more,
  less
};

struct Item {
  Token token;
  std::string text;
};

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_symbol(char c) {
  return std::string_view("=!(),><").find(c) != std::string_view::npos;
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::optional<Token> symbol(std::string_view text) {
  static constexpr std::pair<std::string_view, Token> kSymbols[] = {
      {")", Token::close},   {",", Token::comma},    {"!", Token::bang},
      {"==", Token::equals}, {"=", Token::equals},   {">", Token::more},
      {"<", Token::less},    {"!=", Token::differs}, {"(", Token::open}};
  const auto* const found = std::find_if(std::begin(kSymbols), std::end(kSymbols),
                                         [text](const auto& pair) { return pair.first == text; });
  if (found == std::end(kSymbols)) return std::nullopt;
  return found->second;
}

// The longest symbol that can be read; behind a symbol another one may begin at once.
Item scan_symbol(std::string_view text, size_t& at) {
  std::string read;
  std::optional<Item> last;
  while (at < text.size() && is_symbol(text[at])) {
    read += text[at];
    if (const std::optional<Token> token = symbol(read)) {
      last = Item{*token, read};
    } else if (last) {
      break;
    }
    ++at;
  }
  return last.value_or(Item{Token::bad, read});
}

std::vector<Item> scan(std::string_view text) {
  // A NUL ends the text there.
  text = text.substr(0, text.find('\0'));
  std::vector<Item> items;
  size_t at = 0;
  while (true) {
    while (at < text.size() && is_space(text[at])) ++at;
    if (at == text.size()) break;
    if (is_symbol(text[at])) {
      items.push_back(scan_symbol(text, at));
      continue;
    }
    const size_t begin = at;
    while (at < text.size() && !is_symbol(text[at]) && !is_space(text[at])) ++at;
    const std::string_view word = text.substr(begin, at - begin);
    const Token token = word == "in" ? Token::in : (word == "notin" ? Token::notin : Token::word);
    items.push_back({token, std::string(word)});
  }
  items.push_back({Token::end, ""});
  return items;
}

// [A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?
bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 63) return false;
  if (!is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_subdomain(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  for (const std::string& part : split(text, '.')) {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    if (part.empty() || !fits(part.front()) || !fits(part.back())) return false;
    if (!std::all_of(part.begin(), part.end(), [&fits](char c) { return fits(c) || c == '-'; })) {
      return false;
    }
  }
  return true;
}

bool is_key(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_name(text);
  return is_subdomain(text.substr(0, slash)) && is_name(text.substr(slash + 1));
}

Error bad(const std::string& what) {
  return Error(kBadLabelSelector, "label selector: " + what);
}

std::string shown(const std::string& text) {
  return "\"" + escape_terminal(shorten(text)) + "\"";
}

}  // namespace

class LabelSelectorParser {
 public:
  explicit LabelSelectorParser(std::string_view text) : items_(scan(text)) {}

  Result<LabelSelector> parse() {
    LabelSelector out;
    while (peek() != Token::end) {
      if (peek() != Token::word && peek() != Token::bang) {
        return bad("expected a key or \"!\", found " + shown(items_[at_].text));
      }
      out.requirements_.push_back(TRY(requirement()));
      const Item item = next();
      if (item.token == Token::end) break;
      if (item.token != Token::comma) {
        return bad("expected \",\" or the end, found " + shown(item.text));
      }
      if (peek() != Token::word && peek() != Token::bang) return bad("expected a key behind \",\"");
    }
    return out;
  }

 private:
  using Operator = LabelSelector::Operator;
  using Requirement = LabelSelector::Requirement;

  // "in" and "notin" are words but behind a key.
  static Token as_word(Token token) {
    return token == Token::in || token == Token::notin ? Token::word : token;
  }
  Token peek() const { return as_word(items_[at_].token); }
  Item next() {
    Item item = items_[at_];
    if (at_ + 1 < items_.size()) ++at_;
    item.token = as_word(item.token);
    return item;
  }

  Result<Requirement> requirement() {
    Item item = next();
    const bool negated = item.token == Token::bang;
    if (negated) item = next();
    if (item.token != Token::word) return bad("expected a key, found " + shown(item.text));
    if (!is_key(item.text)) return bad(shown(item.text) + " is no valid key");
    Requirement out{item.text, Operator::exists, {}};
    if (peek() == Token::end || peek() == Token::comma) {
      if (negated) out.op = Operator::exists_not;
      return out;
    }
    const Token token = items_[at_].token;
    const std::string text = next().text;
    if (token == Token::in || token == Token::notin) {
      out.op = token == Token::in ? Operator::in : Operator::not_in;
      out.values = TRY(values());
    } else if (token == Token::equals || token == Token::differs) {
      out.op = token == Token::equals ? Operator::in : Operator::not_in;
      out.values = {TRY(value())};
    } else if (token == Token::more || token == Token::less) {
      out.op = token == Token::more ? Operator::greater : Operator::less;
      out.values = {TRY(value())};
      if (!parse_int64(out.values.front())) return bad("\"<\" and \">\" need an integer");
    } else {
      return bad("expected an operator, found " + shown(text));
    }
    for (const std::string& each : out.values) {
      if (!each.empty() && !is_name(each)) return bad(shown(each) + " is no valid value");
    }
    return out;
  }

  Result<std::string> value() {
    if (peek() == Token::end || peek() == Token::comma) return std::string();
    const Item item = next();
    if (item.token != Token::word) return bad("expected a value, found " + shown(item.text));
    return item.text;
  }

  Result<std::vector<std::string>> values() {
    if (next().token != Token::open) return bad("expected \"(\"");
    if (peek() == Token::close) {
      next();
      return std::vector<std::string>{""};
    }
    std::vector<std::string> out;
    while (true) {
      const Item item = next();
      if (item.token == Token::word) {
        out.push_back(item.text);
        if (peek() == Token::close) break;
        if (peek() != Token::comma) return bad("expected \",\" or \")\"");
      } else if (item.token == Token::comma) {
        if (out.empty() || peek() == Token::close) out.emplace_back();
        if (peek() == Token::close) break;
        if (peek() == Token::comma) {
          next();
          out.emplace_back();
        }
      } else {
        return bad("expected \",\" or a value, found " + shown(item.text));
      }
    }
    next();
    return out;
  }

  std::vector<Item> items_;
  size_t at_ = 0;
};

Result<LabelSelector> LabelSelector::parse(std::string_view text) {
  return LabelSelectorParser(text).parse();
}

bool LabelSelector::holds(const Requirement& requirement, const std::optional<std::string>& label) {
  const std::vector<std::string>& values = requirement.values;
  const auto has = [&] { return std::find(values.begin(), values.end(), *label) != values.end(); };
  switch (requirement.op) {
    case Operator::in:
      return label && has();
    case Operator::not_in:
      return !label || !has();
    case Operator::exists:
      return label.has_value();
    case Operator::exists_not:
      return !label;
    case Operator::greater:
    case Operator::less: {
      if (!label) return false;
      const std::optional<int64_t> there = parse_int64(*label);
      const std::optional<int64_t> wanted = parse_int64(values.front());
      if (!there || !wanted) return false;
      return requirement.op == Operator::greater ? *there > *wanted : *there < *wanted;
    }
  }
  return false;
}

bool LabelSelector::matches(const Lookup& label) const {
  return std::all_of(requirements_.begin(), requirements_.end(),
                     [&](const Requirement& each) { return holds(each, label(each.key)); });
}

}  // namespace plumb::rendering::kustomize
