// The emitter: block style as libyaml's emitter lays it out under go-yaml v2 (indent 2, lists not
// indented under their key, plain and quoted text folded beyond column 80), without its event
// queue. An explicit stack of open lists and maps; columns count code points.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/overloaded.h"
#include "base/text.h"
#include "lang/json/json.h"
#include "lang/yaml/characters.h"
#include "lang/yaml/key_order.h"
#include "lang/yaml/resolve.h"
#include "lang/yaml/yaml.h"

namespace plumb::yaml {
namespace {

constexpr int kStep = 2;
constexpr int kBestWidth = 80;
constexpr size_t kLongestSimpleKey = 128;  // bytes; longer keys are written as "? key"

// Where the last character of a text that is not empty begins.
size_t last_character(std::string_view text) {
  size_t i = text.size() - 1;
  while ((static_cast<uint8_t>(text[i]) & 0xC0) == 0x80) --i;
  return i;
}

// False for the bytes that occur in no line break.
bool may_break(char c) {
  return c == '\n' || c == '\r' || c == '\xC2' || c == '\xE2';
}

// Which styles can hold a text; the names are those of libyaml's analysis.
struct Analysis {
  bool multiline = false;
  bool plain = true;
  bool single_quoted = true;
  bool block = true;
};

// Characters that mean something at the place they stand, so that the text cannot be plain.
bool is_indicator(std::string_view text, size_t i, bool after_blank) {
  const char c = text[i];
  const bool before_blank =
      i + width(c) >= text.size() || text[i + width(c)] == ' ' || text[i + width(c)] == '\t';
  if (c == ':') return before_blank;
  if (i > 0) return c == '#' && after_blank;
  if (c == '?' || c == '-') return before_blank;
  return std::string_view("#,[]{}&*!|>'\"%@`").find(c) != std::string_view::npos;
}

Analysis analyse(std::string_view text) {
  Analysis out;
  if (text.empty()) {
    out.block = false;
    return out;
  }
  bool special = false;
  bool break_space = false;
  bool space_break = false;
  bool indicator = text.starts_with("---") || text.starts_with("...");
  bool after_blank = true;
  char previous = 'x';  // 's' a space, 'b' a break
  for (size_t i = 0; i < text.size(); i += width(text[i])) {
    indicator = indicator || is_indicator(text, i, after_blank);
    special = special || !is_printable(text, i);
    const bool is_line_break = is_break(text, i);
    if (text[i] == ' ') {
      break_space = break_space || previous == 'b';
      previous = 's';
    } else if (is_line_break) {
      out.multiline = true;
      space_break = space_break || previous == 's';
      previous = 'b';
    } else {
      previous = 'x';
    }
    after_blank = text[i] == ' ' || text[i] == '\t' || text[i] == '\0' || is_line_break;
  }
  const bool edge = text.front() == ' ' || is_break(text, 0) || previous != 'x';
  const bool not_quoted = break_space || space_break || special;
  out.plain = !edge && !not_quoted && !out.multiline && !indicator;
  out.single_quoted = !not_quoted;
  out.block = previous != 's' && !space_break && !special;
  return out;
}

// [-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?: quoted for readers that know base 60.
bool is_base60(std::string_view text) {
  const auto digit = [&](size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '9'; };
  const auto run = [&](size_t i) {
    while (digit(i) || (i < text.size() && text[i] == '_')) ++i;
    return i;
  };
  size_t i = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  if (!digit(i)) return false;
  i = run(i);
  size_t groups = 0;
  while (i < text.size() && text[i] == ':' && digit(i + 1)) {
    i += text[i + 1] <= '5' && digit(i + 2) ? 3 : 2;
    ++groups;
  }
  if (i < text.size() && text[i] == '.') i = run(i + 1);
  return groups > 0 && i == text.size();
}

bool reads_as_text(std::string_view text) {
  return std::holds_alternative<IsText>(resolve(text)) && !is_base60(text);
}

// A number as kubectl writes it: through its JSON text, so that 3.0 is 3.
std::string number_text(double number) {
  std::string text;
  json::append_number(text, number);
  return std::visit(
      overloaded{[&](IsText) { return text; }, [&](IsTimestamp) { return text; },
                 [](std::nullptr_t) { return std::string("null"); }, [&](bool) { return text; },
                 [](int64_t integer) { return std::to_string(integer); },
                 [](uint64_t integer) { return std::to_string(integer); },
                 [](double real) { return format_g(real, false); }},
      resolve(text));
}

// Bytes that are not UTF-8 become U+FFFD, as in JSON.
std::string with_replacements(std::string_view text) {
  std::string out;
  for (size_t bad = find_invalid_utf8(text); bad != std::string_view::npos;
       bad = find_invalid_utf8(text)) {
    out.append(text, 0, bad);
    out += "\uFFFD";
    text.remove_prefix(bad + 1);
  }
  return out.append(text);
}

class Emitter {
 public:
  std::string run(const Value& root);

 private:
  enum class Context { root, item, key, simple_key, value };
  enum class Style { plain, single_quoted, double_quoted, literal };

  struct Frame {
    const List* list = nullptr;
    std::vector<const Member*> members = {};  // in the order they are written
    size_t next = 0;
    int outer_indent = 0;
    const Value* pending = nullptr;  // the value of a "? key"
  };

  void put(char c) {
    out_ += c;
    ++column_;
  }
  // These take the character at text[i]; the result is where the next one begins.
  size_t put_character(std::string_view text, size_t i);
  size_t put_break(std::string_view text, size_t i);
  size_t escape(std::string_view text, size_t i);
  void new_line() {
    out_ += '\n';
    column_ = 0;
  }
  void indent();
  void indicator(char c, bool need_space, bool is_indention);

  void node(const Value& value, Context context);
  void open(const Value& value, Context context);
  void next_item(Frame& frame);
  void next_member(Frame& frame);
  void key(const std::string& text);
  void text(std::string_view text, Context context);
  void scalar(std::string_view text, Style style, Context context);
  void folded(std::string_view text, bool quoted, bool may_fold);
  void double_quoted(std::string_view text, bool may_fold);
  void literal(std::string_view text);

  std::string out_;
  int indent_ = -1;
  int column_ = 0;
  bool whitespace_ = true;  // the last character was a space or a break
  bool indention_ = true;   // only spaces and indicators stand on this line so far
  std::vector<Frame> frames_;
};

std::string Emitter::run(const Value& root) {
  node(root, Context::root);
  while (!frames_.empty()) {
    Frame& frame = frames_.back();
    const size_t size = frame.list != nullptr ? frame.list->size() : frame.members.size();
    if (frame.pending != nullptr) {
      const Value& value = *std::exchange(frame.pending, nullptr);
      indent();
      indicator(':', true, true);
      node(value, Context::value);
    } else if (frame.next == size) {
      indent_ = frame.outer_indent;
      frames_.pop_back();
    } else if (frame.list != nullptr) {
      next_item(frame);
    } else {
      next_member(frame);
    }
  }
  indent();
  return std::move(out_);
}

size_t Emitter::put_character(std::string_view text, size_t i) {
  const size_t size = width(text[i]);
  out_.append(text, i, size);
  ++column_;
  return i + size;
}

size_t Emitter::put_break(std::string_view text, size_t i) {
  const size_t size = width(text[i]);
  out_.append(text, i, size);
  column_ = 0;
  return i + size;
}

void Emitter::indent() {
  const int indent = std::max(indent_, 0);
  if (!indention_ || column_ > indent || (column_ == indent && !whitespace_)) new_line();
  while (column_ < indent) put(' ');
  whitespace_ = true;
  indention_ = true;
}

void Emitter::indicator(char c, bool need_space, bool is_indention) {
  if (need_space && !whitespace_) put(' ');
  put(c);
  whitespace_ = false;
  indention_ = indention_ && is_indention;
}

void Emitter::node(const Value& value, Context context) {
  const List* const list = value.as_list();
  const Map* const map = value.as_map();
  if ((list != nullptr && !list->empty()) || (map != nullptr && !map->empty())) {
    open(value, context);
  } else if (list != nullptr || map != nullptr) {
    indicator(list != nullptr ? '[' : '{', true, false);
    indicator(list != nullptr ? ']' : '}', false, false);
  } else if (const std::string* string = value.as_string()) {
    text(*string, context);
  } else if (const bool* flag = value.as_bool()) {
    scalar(*flag ? "true" : "false", Style::plain, context);
  } else if (const int64_t* integer = value.as_integer()) {
    scalar(std::to_string(*integer), Style::plain, context);
  } else if (const double* number = value.as_number()) {
    scalar(number_text(*number), Style::plain, context);
  } else {
    scalar("null", Style::plain, context);
  }
}

void Emitter::open(const Value& value, Context context) {
  Frame frame{.list = value.as_list(), .outer_indent = indent_};
  const bool in_map = context == Context::value || context == Context::key;
  if (indent_ < 0) {
    indent_ = 0;
  } else if (frame.list == nullptr || !in_map || indention_) {
    indent_ += kStep;
  }
  if (const Map* map = value.as_map()) {
    frame.members.reserve(map->size());
    for (const Member& member : *map) frame.members.push_back(&member);
    const auto before = [](const Member* a, const Member* b) { return key_before(a->key, b->key); };
    std::stable_sort(frame.members.begin(), frame.members.end(), before);
  }
  frames_.push_back(std::move(frame));
}

void Emitter::next_item(Frame& frame) {
  indent();
  indicator('-', true, true);
  node((*frame.list)[frame.next++], Context::item);
}

void Emitter::next_member(Frame& frame) {
  const Member& member = *frame.members[frame.next++];
  indent();
  const bool multiline = std::any_of(member.key.begin(), member.key.end(), may_break) &&
                         analyse(with_replacements(member.key)).multiline;
  if (multiline || member.key.size() > kLongestSimpleKey) {
    indicator('?', true, true);
    text(member.key, Context::key);
    frame.pending = &member.value;
    return;
  }
  text(member.key, Context::simple_key);
  indicator(':', false, false);
  node(member.value, Context::value);
}

void Emitter::text(std::string_view string, Context context) {
  std::string repaired;
  if (!is_valid_utf8(string)) {
    repaired = with_replacements(string);
    string = repaired;
  }
  const bool is_key = context == Context::key || context == Context::simple_key;
  // go-yaml leaves the key "<<" bare, which then reads as a merge.
  const bool bare = reads_as_text(string) && !(is_key && string == "<<");
  const Analysis analysis = analyse(string);
  Style style = Style::double_quoted;
  if (string.find('\n') != std::string_view::npos) {
    style =
        analysis.block && context != Context::simple_key ? Style::literal : Style::double_quoted;
  } else if (bare && (context != Context::simple_key || !analysis.multiline)) {
    style = analysis.plain           ? Style::plain
            : analysis.single_quoted ? Style::single_quoted
                                     : Style::double_quoted;
  }
  scalar(string, style, context);
}

void Emitter::scalar(std::string_view text, Style style, Context context) {
  const int outer = indent_;
  indent_ = indent_ < 0 ? kStep : indent_ + kStep;
  const bool may_fold = context != Context::simple_key;
  switch (style) {
    case Style::plain:
      if (!whitespace_) put(' ');
      folded(text, false, may_fold);
      break;
    case Style::single_quoted:
      indicator('\'', true, false);
      folded(text, true, may_fold);
      indicator('\'', false, false);
      break;
    case Style::double_quoted:
      indicator('"', true, false);
      double_quoted(text, may_fold);
      indicator('"', false, false);
      break;
    case Style::literal:
      literal(text);
      break;
  }
  if (style != Style::literal) {
    whitespace_ = false;
    indention_ = false;
  }
  indent_ = outer;
}

// The inside of plain and single-quoted text.
void Emitter::folded(std::string_view text, bool quoted, bool may_fold) {
  bool spaces = false;
  bool breaks = false;
  for (size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      const bool inside = !quoted || (i > 0 && i + 1 < text.size());
      const bool before_space = i + 1 < text.size() && text[i + 1] == ' ';
      if (may_fold && !spaces && column_ > kBestWidth && inside && !before_space) {
        indent();
        ++i;
      } else {
        i = put_character(text, i);
      }
      spaces = true;
    } else if (is_break(text, i)) {
      i = put_break(text, i);
      indention_ = true;
      breaks = true;
    } else {
      if (breaks) indent();
      if (quoted && text[i] == '\'') put('\'');
      i = put_character(text, i);
      indention_ = false;
      spaces = false;
      breaks = false;
    }
  }
}

void Emitter::double_quoted(std::string_view text, bool may_fold) {
  // go-yaml looks for the byte-order mark at the beginning only, but for each character: all become
  // escapes.
  const bool mark = text.starts_with("\xEF\xBB\xBF");
  bool spaces = false;
  for (size_t i = 0; i < text.size();) {
    if (mark || !is_printable(text, i) || is_break(text, i) || text[i] == '"' || text[i] == '\\') {
      i = escape(text, i);
      spaces = false;
    } else if (text[i] == ' ') {
      if (may_fold && !spaces && column_ > kBestWidth && i > 0 && i + 1 < text.size()) {
        indent();
        if (text[i + 1] == ' ') put('\\');
        ++i;
      } else {
        i = put_character(text, i);
      }
      spaces = true;
    } else {
      i = put_character(text, i);
      spaces = false;
    }
  }
}

size_t Emitter::escape(std::string_view text, size_t i) {
  const size_t size = width(text[i]);
  uint32_t point = static_cast<uint8_t>(text[i]) & (size == 1 ? 0x7Fu : 0xFFu >> (size + 1));
  for (size_t k = 1; k < size; ++k) {
    point = point << 6 | (static_cast<uint8_t>(text[i + k]) & 0x3F);
  }
  put('\\');
  static constexpr std::array<std::pair<uint32_t, char>, 15> kNamed{{{0x00, '0'},
                                                                     {0x07, 'a'},
                                                                     {0x08, 'b'},
                                                                     {0x09, 't'},
                                                                     {0x0A, 'n'},
                                                                     {0x0B, 'v'},
                                                                     {0x0C, 'f'},
                                                                     {0x0D, 'r'},
                                                                     {0x1B, 'e'},
                                                                     {0x22, '"'},
                                                                     {0x5C, '\\'},
                                                                     {0x85, 'N'},
                                                                     {0xA0, '_'},
                                                                     {0x2028, 'L'},
                                                                     {0x2029, 'P'}}};
  for (const auto& [named, letter] : kNamed) {
    if (named != point) continue;
    put(letter);
    return i + size;
  }
  static constexpr char kDigits[] = "0123456789ABCDEF";
  const int digits = point <= 0xFF ? 2 : point <= 0xFFFF ? 4 : 8;
  put(point <= 0xFF ? 'x' : point <= 0xFFFF ? 'u' : 'U');
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) put(kDigits[point >> shift & 15]);
  return i + size;
}

// Only texts that end in something else than a space, or in a break.
void Emitter::literal(std::string_view text) {
  indicator('|', true, false);
  if (text[0] == ' ' || is_break(text, 0)) indicator('2', false, false);
  const size_t last = last_character(text);
  if (!is_break(text, last)) {
    indicator('-', false, false);
  } else if (last == 0 || is_break(text, last_character(text.substr(0, last)))) {
    indicator('+', false, false);
  }
  new_line();
  indention_ = true;
  whitespace_ = true;
  bool breaks = true;
  for (size_t i = 0; i < text.size();) {
    if (is_break(text, i)) {
      i = put_break(text, i);
      indention_ = true;
      breaks = true;
    } else {
      if (breaks) indent();
      i = put_character(text, i);
      indention_ = false;
      breaks = false;
    }
  }
}

}  // namespace

std::string write(const Value& value) {
  return Emitter().run(value);
}

}  // namespace plumb::yaml
