// The parser: one pass, an explicit stack. Open lists and maps gather their children at the top of
// two shared vectors and are moved into a vector of the exact size when they close, so that values
// carry no spare capacity.
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <optional>
#include <unordered_map>

#include "base/text.h"
#include "lang/json/json.h"

namespace plumb::json {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighs = 0x8080808080808080;

// Not zero if a byte of the word ends a run of plain ASCII: a quote, a backslash, a control
// character, a high bit.
uint64_t special_bytes(uint64_t word) {
  const uint64_t quote = word ^ (kOnes * '"');
  const uint64_t backslash = word ^ (kOnes * '\\');
  return ((quote - kOnes) | (backslash - kOnes) | (word - kOnes * 0x20) | word) & kHighs;
}

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void append_utf8(std::string& out, uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

class Parser {
 public:
  Parser(std::string_view text, Budget& budget, const ParseOptions& options)
      : begin_(text.data()),
        at_(text.data()),
        end_(text.data() + text.size()),
        budget_(budget),
        options_(options) {}

  Result<Value> run();

 private:
  struct Frame {
    bool is_map;
    size_t first;      // index of its first child in items_ or members_
    const char* open;  // its bracket
  };

  // Where the parser stands between two tokens.
  enum class Next { value, done };

  void skip_space() {
    while (at_ != end_ && is_space(*at_)) ++at_;
  }
  Result<Next> begin_value();
  Result<Next> open_container();
  Result<Next> take_key();
  Result<Next> after_value();
  Result<Value> close_container();
  Result<void> check_unique(size_t first) const;
  void deposit(Value value);

  const char* find_special(const char* from) const;
  std::optional<std::string_view> take_plain_string();
  Result<std::string> take_string();
  Result<void> take_escape(std::string& out);
  Result<uint32_t> take_hex4();
  Result<void> append_checked(std::string& out, std::string_view run) const;
  Result<Value> take_number();
  Result<Value> take_word(std::string_view word, Value value);

  Error error_at(const char* place, std::string message, ErrorCode code = kSyntax) const;
  Error unexpected(std::string_view expected) const;
  std::string found() const;

  const char* const begin_;
  const char* at_;
  const char* const end_;
  Budget& budget_;
  const ParseOptions& options_;
  std::vector<Frame> frames_;
  std::vector<Value> items_;
  std::vector<Member> members_;
  std::vector<const char*>
      key_places_;  // parallel to members_; only filled if duplicates are refused
  Value result_;
};

Result<Value> Parser::run() {
  TRY(budget_.check_file_bytes(static_cast<uint64_t>(end_ - begin_)));
  Next next = Next::value;
  while (next == Next::value) next = TRY(begin_value());
  skip_space();
  if (at_ != end_) return unexpected("the end of the text after the value");
  return std::move(result_);
}

// Reads one scalar or opens a container; at_ is anywhere before it.
Result<Parser::Next> Parser::begin_value() {
  skip_space();
  if (at_ == end_) return unexpected("a value");
  switch (*at_) {
    case '{':
    case '[':
      return open_container();
    case '"':
      deposit(Value(TRY(take_string())));
      break;
    case 't':
      deposit(TRY(take_word("true", Value(true))));
      break;
    case 'f':
      deposit(TRY(take_word("false", Value(false))));
      break;
    case 'n':
      deposit(TRY(take_word("null", Value())));
      break;
    default:
      if (*at_ != '-' && !is_digit(*at_)) return unexpected("a value");
      deposit(TRY(take_number()));
  }
  return after_value();
}

Result<Parser::Next> Parser::open_container() {
  const bool is_map = *at_ == '{';
  frames_.push_back({is_map, is_map ? members_.size() : items_.size(), at_});
  TRY(budget_.check_depth(frames_.size()));
  ++at_;
  skip_space();
  if (at_ != end_ && *at_ == (is_map ? '}' : ']')) {
    deposit(TRY(close_container()));
    return after_value();
  }
  if (is_map) return take_key();
  return Next::value;
}

Result<Parser::Next> Parser::take_key() {
  skip_space();
  if (at_ == end_ || *at_ != '"') return unexpected("a key in double quotes");
  if (options_.refuse_duplicates) key_places_.push_back(at_);
  if (const auto plain = take_plain_string()) {
    members_.push_back(Member{std::string(*plain), Value()});
  } else {
    members_.push_back(Member{TRY(take_string()), Value()});
  }
  skip_space();
  if (at_ == end_ || *at_ != ':') return unexpected("\":\" after the key");
  ++at_;
  return Next::value;
}

// Reads on to where the next value begins, closing what ends on the way.
Result<Parser::Next> Parser::after_value() {
  while (!frames_.empty()) {
    const bool is_map = frames_.back().is_map;
    skip_space();
    const char c = at_ == end_ ? '\0' : *at_;
    if (c == ',') {
      ++at_;
      if (is_map) return take_key();
      return Next::value;
    }
    if (c != (is_map ? '}' : ']')) return unexpected(is_map ? "\",\" or \"}\"" : "\",\" or \"]\"");
    deposit(TRY(close_container()));
  }
  return Next::done;
}

Result<Value> Parser::close_container() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  ++at_;
  if (!frame.is_map) {
    const auto first = items_.begin() + static_cast<ptrdiff_t>(frame.first);
    List list(std::make_move_iterator(first), std::make_move_iterator(items_.end()));
    items_.erase(first, items_.end());
    TRY(budget_.spend_nodes(list.size()));
    return Value(std::move(list));
  }
  if (options_.refuse_duplicates) {
    TRY(check_unique(frame.first));
    key_places_.resize(frame.first);
  }
  const auto first = members_.begin() + static_cast<ptrdiff_t>(frame.first);
  std::vector<Member> members(std::make_move_iterator(first),
                              std::make_move_iterator(members_.end()));
  members_.erase(first, members_.end());
  TRY(budget_.spend_nodes(members.size()));
  return Value(Map(std::move(members)));
}

Result<void> Parser::check_unique(size_t first) const {
  std::unordered_map<std::string_view, size_t> seen;
  for (size_t i = first; i < members_.size(); ++i) {
    const auto [earlier, added] = seen.emplace(members_[i].key, i);
    if (added) continue;
    const Error error = error_at(
        key_places_[i], "key \"" + escape_terminal(shorten(members_[i].key)) + "\" is given twice",
        kDuplicateKey);
    const int line = error_at(key_places_[earlier->second], "").position()->line;
    return error.with_help("remove one of the two; the first is on line " + std::to_string(line));
  }
  return {};
}

void Parser::deposit(Value value) {
  if (frames_.empty()) {
    result_ = std::move(value);
  } else if (frames_.back().is_map) {
    members_.back().value = std::move(value);
  } else {
    items_.push_back(std::move(value));
  }
}

// The first byte from there on that is not plain ASCII inside a string.
const char* Parser::find_special(const char* from) const {
  while (end_ - from >= 8) {
    uint64_t word;
    std::memcpy(&word, from, sizeof word);
    const uint64_t special = special_bytes(word);
    if (special != 0) {
      if constexpr (std::endian::native != std::endian::little) break;
      return from + std::countr_zero(special) / 8;
    }
    from += 8;
  }
  while (from != end_ && special_bytes(kOnes * static_cast<uint8_t>(*from)) == 0) ++from;
  return from;
}

// The usual string: no escapes, ASCII only. Takes nothing if it is another one.
std::optional<std::string_view> Parser::take_plain_string() {
  const char* const first = at_ + 1;
  const char* const end = find_special(first);
  if (end == end_ || *end != '"') return std::nullopt;
  at_ = end + 1;
  return std::string_view(first, static_cast<size_t>(end - first));
}

// at_ is at the opening quote.
Result<std::string> Parser::take_string() {
  const char* const open = at_++;
  std::string out;
  const char* run = at_;
  bool ascii = true;
  while (true) {
    at_ = find_special(at_);
    if (at_ == end_) return error_at(open, "this string has no closing quote");
    const char c = *at_;
    if (c != '"' && c != '\\' && static_cast<uint8_t>(c) >= 0x20) {
      ascii = ascii && static_cast<uint8_t>(c) < 0x80;
      ++at_;
      continue;
    }
    const std::string_view plain(run, static_cast<size_t>(at_ - run));
    if (ascii) {
      out.append(plain);
    } else {
      TRY(append_checked(out, plain));
    }
    if (c == '"') {
      ++at_;
      return out;
    }
    if (c != '\\') {
      return c == '\n' ? error_at(open, "this string has no closing quote on its line")
                       : unexpected("an escape (\\uNNNN) for a control character in a string");
    }
    TRY(take_escape(out));
    run = at_;
    ascii = true;
  }
}

// at_ is at the backslash.
Result<void> Parser::take_escape(std::string& out) {
  const char* const open = at_++;
  const char c = at_ == end_ ? '\0' : *at_++;
  switch (c) {
    case '"':
    case '\\':
    case '/':
      out += c;
      return {};
    case 'b':
      out += '\b';
      return {};
    case 'f':
      out += '\f';
      return {};
    case 'n':
      out += '\n';
      return {};
    case 'r':
      out += '\r';
      return {};
    case 't':
      out += '\t';
      return {};
    case 'u':
      break;
    default:
      return error_at(open, "unknown escape in a string")
          .with_help("JSON knows \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uNNNN");
  }
  uint32_t point = TRY(take_hex4());
  if (point >= 0xD800 && point < 0xDC00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
    const char* const second = at_;
    at_ += 2;
    const uint32_t low = TRY(take_hex4());
    if (low >= 0xDC00 && low < 0xE000) {
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    } else {
      at_ = second;
    }
  }
  const bool surrogate = point >= 0xD800 && point < 0xE000;
  if (surrogate && options_.refuse_bad_utf8) {
    return error_at(open, "this escape is half of a surrogate pair", kBadEncoding);
  }
  append_utf8(out, surrogate ? 0xFFFD : point);
  return {};
}

Result<uint32_t> Parser::take_hex4() {
  uint32_t point = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = at_ == end_ ? -1 : hex_value(*at_);
    if (digit < 0) return unexpected("four hexadecimal digits after \\u");
    point = point << 4 | static_cast<uint32_t>(digit);
    ++at_;
  }
  return point;
}

Result<void> Parser::append_checked(std::string& out, std::string_view run) const {
  while (true) {
    const size_t bad = find_invalid_utf8(run);
    if (bad == std::string_view::npos) {
      out.append(run);
      return {};
    }
    if (options_.refuse_bad_utf8) {
      static constexpr char kDigits[] = "0123456789ABCDEF";
      const auto byte = static_cast<uint8_t>(run[bad]);
      const std::array<char, 3> hex{kDigits[byte >> 4], kDigits[byte & 15], '\0'};
      return error_at(run.data() + bad, std::string("byte 0x") + hex.data() + " is not UTF-8",
                      kBadEncoding)
          .with_help("save the file as UTF-8");
    }
    out.append(run, 0, bad);
    append_utf8(out, 0xFFFD);
    run.remove_prefix(bad + 1);
  }
}

Result<Value> Parser::take_number() {
  const char* const first = at_;
  const auto digits = [&] {
    const char* const from = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != from;
  };
  if (*at_ == '-') ++at_;
  const char* const whole = at_;
  if (!digits()) return unexpected("a digit");
  if (*whole == '0' && at_ - whole > 1) return error_at(first, "a number may not begin with 0");
  bool integer = true;
  if (at_ != end_ && *at_ == '.') {
    integer = false;
    ++at_;
    if (!digits()) return unexpected("a digit after the decimal point");
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    integer = false;
    ++at_;
    if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!digits()) return unexpected("a digit in the exponent");
  }
  if (integer) {
    int64_t value = 0;
    if (std::from_chars(first, at_, value).ec == std::errc()) return Value(value);
  }
  double value = 0;
  if (std::from_chars(first, at_, value).ec == std::errc()) return Value(value);
  // Out of range: too small is zero, too large has no value.
  value = std::strtod(std::string(first, at_).c_str(), nullptr);
  if (value > 1 || value < -1) return error_at(first, "this number is too large", kNumberRange);
  return Value(value);
}

Result<Value> Parser::take_word(std::string_view word, Value value) {
  if (!std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(word)) {
    return unexpected("a value");
  }
  at_ += word.size();
  return value;
}

Error Parser::error_at(const char* place, std::string message, ErrorCode code) const {
  int line = 1;
  const char* line_begin = begin_;
  for (const char* p = begin_; p != place; ++p) {
    if (*p == '\n') {
      ++line;
      line_begin = p + 1;
    }
  }
  return Error(code, std::move(message))
      .at({options_.file, line, static_cast<int>(place - line_begin) + 1});
}

Error Parser::unexpected(std::string_view expected) const {
  std::string message = "expected " + std::string(expected) + ", found " + found();
  if (at_ != end_ || frames_.empty()) return error_at(at_, std::move(message));
  // At the end of the text the useful place is the bracket that was never closed.
  const Frame& frame = frames_.back();
  return error_at(frame.open,
                  std::string("this \"") + *frame.open + "\" is never closed: " + message);
}

// Names what stands at at_ by its kind: the text may be part of a secret.
std::string Parser::found() const {
  if (at_ == end_) return "the end of the text";
  const char c = *at_;
  if (c == '"') return "a string";
  if (is_digit(c)) return "a number";
  if (std::isalpha(static_cast<uint8_t>(c)) != 0) return "a word";
  if (static_cast<uint8_t>(c) >= 0x80) return "a character beyond ASCII";
  return "\"" + escape_terminal({at_, 1}) + "\"";
}

}  // namespace

Result<Value> parse(std::string_view text, Budget& budget, const ParseOptions& options) {
  return Parser(text, budget, options).run();
}

Result<Value> parse(std::string_view text) {
  Budget budget({.file_bytes = 64ull << 20, .depth = 128, .nodes = 16'000'000});
  return parse(text, budget);
}

}  // namespace plumb::json
