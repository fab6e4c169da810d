#include "lang/yaml/scalars.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "lang/yaml/events.h"
#include "lang/yaml/input.h"
#include "lang/yaml/resolve.h"

namespace plumb::yaml {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";

bool is_continuation(char c) {
  return (static_cast<uint8_t>(c) & 0xC0) == 0x80;
}

ScalarStyle style_of(Event::Style style) {
  switch (style) {
    case Event::Style::plain:
      return ScalarStyle::plain;
    case Event::Style::single_quoted:
      return ScalarStyle::single_quoted;
    case Event::Style::double_quoted:
      return ScalarStyle::double_quoted;
    case Event::Style::literal:
    case Event::Style::folded:
      return ScalarStyle::block;
  }
  return ScalarStyle::plain;
}

// Bytes of code points that are asked for in rising order.
class Offsets {
 public:
  explicit Offsets(std::string_view text) : text_(text) {}

  size_t of(size_t point) {
    for (; point_ < point && byte_ < text_.size(); ++point_) {
      ++byte_;
      while (byte_ < text_.size() && is_continuation(text_[byte_])) ++byte_;
    }
    return byte_;
  }

 private:
  std::string_view text_;
  size_t point_ = 0;
  size_t byte_ = 0;
};

// The key or index below which the next value of an open list or map stands.
struct Frame {
  bool is_map = false;
  bool flow = false;
  bool expects_key = true;
  std::string key = {};
  size_t index = 0;
};

class Finder {
 public:
  Finder(std::string_view text, const std::string& file, Budget& budget)
      : text_(text), file_(file), budget_(budget), events_(text, file), offsets_(text) {}

  Result<std::vector<ScalarPlace>> run() {
    while (true) {
      const Event event = TRY(events_.next());
      if (event.kind == Event::Kind::end) return std::move(places_);
      if (auto taken = take(event); !taken) {
        return taken.error().at({file_, event.line, event.column});
      }
    }
  }

 private:
  Result<void> take(const Event& event) {
    switch (event.kind) {
      case Event::Kind::document_end:
        ++document_;
        return {};
      case Event::Kind::scalar:
      case Event::Kind::alias:
        return take_leaf(event);
      case Event::Kind::list_start:
      case Event::Kind::map_start:
        if (at_key()) return Error(kBadKey, "a list or map cannot be a key; keys are text");
        frames_.push_back({.is_map = event.kind == Event::Kind::map_start, .flow = event.flow});
        return budget_.check_depth(frames_.size());
      case Event::Kind::list_end:
      case Event::Kind::map_end:
        frames_.pop_back();
        deposited();
        return {};
      case Event::Kind::document_start:
      case Event::Kind::end:
        return {};
    }
    return {};
  }

  [[nodiscard]] bool at_key() const {
    return !frames_.empty() && frames_.back().is_map && frames_.back().expects_key;
  }

  void deposited() {
    if (frames_.empty()) return;
    Frame& frame = frames_.back();
    frame.expects_key = true;
    ++frame.index;
  }

  Result<void> take_leaf(const Event& event) {
    if (at_key()) {
      frames_.back().expects_key = false;
      frames_.back().key = event.kind == Event::Kind::alias ? "*" + std::string(event.anchor)
                                                            : std::string(event.text);
      return {};
    }
    TRY(budget_.spend_nodes(1 + frames_.size()));
    ScalarPlace place{.document = document_, .line = event.line};
    for (const Frame& frame : frames_) {
      place.path.push_back(frame.is_map ? frame.key : std::to_string(frame.index));
      place.in_brackets = place.in_brackets || frame.flow;
    }
    place.is_alias = event.kind == Event::Kind::alias;
    place.value = std::string(place.is_alias ? event.anchor : event.text);
    place.style = style_of(event.style);
    place.is_text = !place.is_alias && is_text(event);
    place.begin = offsets_.of(event.begin);
    place.end = offsets_.of(event.end);
    if (!place.is_alias) skip_properties(place, event);
    places_.push_back(std::move(place));
    deposited();
    return {};
  }

  static bool is_text(const Event& event) {
    if (!event.plain) return event.tag.empty() || event.tag == "!" || event.tag.ends_with(":str");
    const Resolved resolved = resolve(event.text);
    return std::holds_alternative<IsText>(resolved) ||
           std::holds_alternative<IsTimestamp>(resolved);
  }

  // libyaml lets a scalar begin at its anchor or tag.
  void skip_properties(ScalarPlace& place, const Event& event) const {
    if (event.anchor.empty() && event.tag.empty()) return;
    while (place.begin < place.end && (text_[place.begin] == '&' || text_[place.begin] == '!')) {
      // A name ends where libyaml says ("&a:b" is the anchor a and the text ":b").
      const size_t end = text_[place.begin] == '&' ? place.begin + 1 + event.anchor.size()
                                                   : text_.find_first_of(" \t\r\n", place.begin);
      place.begin = std::min(end, place.end);
      place.begin = std::min(text_.find_first_not_of(" \t\r\n", place.begin), place.end);
    }
  }

  std::string_view text_;
  const std::string& file_;
  Budget& budget_;
  EventReader events_;
  Offsets offsets_;
  std::vector<Frame> frames_;
  std::vector<ScalarPlace> places_;
  size_t document_ = 0;
};

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Stricter than YAML: letters that no dialect gives a meaning.
bool is_plain_text(std::string_view value) {
  if (value.empty() || !is_word(value.front()) || value.back() == ':') return false;
  for (const char c : value) {
    if (!is_word(c) && std::string_view("-./:@+").find(c) == std::string_view::npos) return false;
  }
  return std::holds_alternative<IsText>(resolve(value));
}

std::string in_single_quotes(std::string_view value) {
  std::string out = "'";
  for (const char c : value) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

bool is_one_printable_line(std::string_view value) {
  for (const char c : value) {
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F) return false;
  }
  return true;
}

// Whether another text can stand where the bytes [begin, end) are, with `start` the first of all.
bool has_room(std::string_view text, size_t begin, size_t end, size_t start) {
  if (begin == end) {
    const size_t last = text.substr(0, begin).find_last_not_of(" \t");
    return last != std::string_view::npos && text[last] == ':';
  }
  return begin == start || std::string_view(" \t\r\n[{,:").find(text[begin - 1]) != text.npos;
}

}  // namespace

Result<std::vector<ScalarPlace>> find_scalars(std::string_view bytes, const std::string& file,
                                              Budget& budget) {
  if (auto fits = budget.check_file_bytes(bytes.size()); !fits) return fits.error().at({file});
  const Input input = TRY(Input::decode(bytes, file));
  const size_t mark = bytes.starts_with(kUtf8Mark) ? kUtf8Mark.size() : 0;
  if (input.text().data() != bytes.data() + mark) {
    return Error(kBadEncoding, "only UTF-8 files can be edited")
        .at({file})
        .with_help("save the file as UTF-8");
  }
  std::vector<ScalarPlace> places = TRY(Finder(input.text(), file, budget).run());
  for (ScalarPlace& place : places) {
    place.begin += mark;
    place.end += mark;
    place.is_replaceable = !place.is_alias && place.style != ScalarStyle::block &&
                           (place.begin != place.end || !place.path.empty()) &&
                           has_room(bytes, place.begin, place.end, mark);
  }
  return places;
}

std::string written_at(const ScalarPlace& place, std::string_view value) {
  std::string out;
  if (place.style == ScalarStyle::plain && is_plain_text(value)) {
    out = value;
  } else if (place.style == ScalarStyle::single_quoted && is_one_printable_line(value)) {
    out = in_single_quotes(value);
  } else {
    append_json_string(out, value);
  }
  if (place.begin == place.end) out.insert(out.begin(), ' ');  // an empty value brings no space
  return out;
}

std::string_view comment_behind(std::string_view text, const ScalarPlace& place) {
  std::string_view rest = text.substr(place.end);
  rest = rest.substr(0, rest.find_first_of("\r\n"));
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '#') return rest.substr(i);
    if (rest[i] != ' ' && rest[i] != '\t') break;  // not the last value of its line
  }
  return {};
}

}  // namespace plumb::yaml
