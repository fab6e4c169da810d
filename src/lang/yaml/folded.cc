#include "lang/yaml/folded.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "lang/yaml/characters.h"

namespace plumb::yaml {
namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// The lines that are written, without their indentation.
std::vector<std::string> written_lines(std::string_view text) {
  const size_t content = text.find_first_not_of('\n');
  const bool adds_lines = content != std::string_view::npos && !is_blank(text[content]);
  std::string out;
  bool at_start = true;
  bool indented = true;
  for (const char c : text) {
    if (c == '\n') {
      if (!at_start && !indented && adds_lines) out += '\n';
    } else if (at_start) {
      indented = is_blank(c);
    }
    out += c;
    at_start = c == '\n';
  }
  std::vector<std::string> lines = split(out, '\n');
  if (at_start) lines.pop_back();
  return lines;
}

enum class Chomping { strip, clip, keep };

Chomping chomping_of(std::string_view text) {
  if (!text.ends_with('\n')) return Chomping::strip;
  return text == "\n" || text.ends_with("\n\n") ? Chomping::keep : Chomping::clip;
}

// As yaml_parser_scan_block_scalar reads them.
std::string read(const std::vector<std::string>& lines, Chomping chomping) {
  std::string out;
  std::string line_break;   // behind the last line that is not empty
  std::string empty_lines;  // since then
  bool was_indented = false;
  for (const std::string& line : lines) {
    if (line.empty()) {
      empty_lines += '\n';
      continue;
    }
    const bool indented = is_blank(line.front());
    if (line_break.empty() || was_indented || indented) {
      out += line_break;
    } else if (empty_lines.empty()) {
      out += ' ';
    }
    out += empty_lines + line;
    line_break = '\n';
    empty_lines.clear();
    was_indented = indented;
  }
  if (chomping != Chomping::strip) out += line_break;
  if (chomping == Chomping::keep) out += empty_lines;
  return out;
}

// As deep as the parser allowed.
bool has_folded(const Value& value) {
  if (const Map* map = value.as_map()) {
    return std::any_of(map->begin(), map->end(),
                       [](const Member& member) { return has_folded(member.value); });
  }
  if (const List* list = value.as_list())
    return std::any_of(list->begin(), list->end(), has_folded);
  return value.is_folded();
}

// Each folded text as any other one in quotes.
template <class Change>
Value with_texts(const Value& value, const Change& change) {
  if (!has_folded(value)) return value;
  if (const std::string* text = value.as_string()) return Value::quoted(change(*text));
  if (const List* list = value.as_list()) {
    List items;
    for (const Value& item : *list) items.push_back(with_texts(item, change));
    return Value(std::move(items));
  }
  std::vector<Member> members;
  for (const Member& member : *value.as_map()) {
    members.push_back({member.key, with_texts(member.value, change)});
  }
  return Value(Map(std::move(members)));
}

}  // namespace

// The rare text with another line break than \n is taken to be in quotes.
bool fits_block(std::string_view text) {
  if (text.empty() || text.back() == ' ') return false;
  for (size_t i = 0; i < text.size(); i += width(text[i])) {
    if (text[i] == '\n' ? i > 0 && text[i - 1] == ' ' : is_break(text, i)) return false;
    if (text[i] != '\t' && !is_printable(text, i)) return false;
  }
  return true;
}

std::string rewritten_folded(std::string_view text) {
  if (!fits_block(text)) return std::string(text);
  return read(written_lines(text), chomping_of(text));
}

Value rewritten(const Value& value) {
  return with_texts(value, rewritten_folded);
}

Value unfolded(const Value& value) {
  return with_texts(value, [](std::string_view text) { return std::string(text); });
}

}  // namespace plumb::yaml
