#include "lang/yaml/events.h"

#include <yaml.h>

#include <optional>
#include <vector>

#include "base/check.h"
#include "lang/yaml/diagnose.h"

namespace plumb::yaml {
namespace {

std::string_view view(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

std::string_view view(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}

// libyaml counts from 0.
int from_one(size_t number) {
  return static_cast<int>(number) + 1;
}

Event::Style style_of(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      return Event::Style::single_quoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      return Event::Style::double_quoted;
    case YAML_LITERAL_SCALAR_STYLE:
      return Event::Style::literal;
    case YAML_FOLDED_SCALAR_STYLE:
      return Event::Style::folded;
    case YAML_ANY_SCALAR_STYLE:
    case YAML_PLAIN_SCALAR_STYLE:
      break;
  }
  return Event::Style::plain;
}

Position position(const yaml_mark_t& mark, const std::string& file) {
  return {file, from_one(mark.line), from_one(mark.column)};
}

}  // namespace

struct EventReader::State {
  std::string_view text;
  const std::string& file;
  yaml_parser_t parser{};
  yaml_event_t event{};
  Position quote_begin{};  // of the last quoted scalar that spans lines
  int quote_end_line = 0;
  std::vector<std::optional<Position>> open{};  // lists and maps; with a place where in brackets

  State(std::string_view input, const std::string& name) : text(input), file(name) {
    CHECK(yaml_parser_initialize(&parser) == 1);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  ~State() {
    yaml_event_delete(&event);
    yaml_parser_delete(&parser);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Event scalar();
  Event read();
  void note_open(bool flow);
  [[nodiscard]] Error complain() const;
};

Event EventReader::State::scalar() {
  const auto& scalar = event.data.scalar;
  const bool quoted = scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                      scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  if (quoted && event.end_mark.line > event.start_mark.line) {
    quote_begin = position(event.start_mark, file);
    quote_end_line = from_one(event.end_mark.line);
  }
  return {.kind = Event::Kind::scalar,
          .line = from_one(event.start_mark.line),
          .column = from_one(event.start_mark.column),
          .begin = event.start_mark.index,
          .end = event.end_mark.index,
          .style = style_of(scalar.style),
          .plain = scalar.plain_implicit == 1,
          .anchor = view(scalar.anchor),
          .tag = view(scalar.tag),
          .text = {reinterpret_cast<const char*>(scalar.value), scalar.length}};
}

void EventReader::State::note_open(bool flow) {
  open.push_back(flow ? std::optional(position(event.start_mark, file)) : std::nullopt);
}

Event EventReader::State::read() {
  using Kind = Event::Kind;
  Event out{.line = from_one(event.start_mark.line),
            .column = from_one(event.start_mark.column),
            .begin = event.start_mark.index,
            .end = event.end_mark.index};
  switch (event.type) {
    case YAML_DOCUMENT_START_EVENT:
      out.kind = Kind::document_start;
      break;
    case YAML_DOCUMENT_END_EVENT:
      out.kind = Kind::document_end;
      break;
    case YAML_SCALAR_EVENT:
      return scalar();
    case YAML_SEQUENCE_END_EVENT:
      out.kind = Kind::list_end;
      break;
    case YAML_MAPPING_END_EVENT:
      out.kind = Kind::map_end;
      break;
    case YAML_ALIAS_EVENT:
      out.kind = Kind::alias;
      out.anchor = view(event.data.alias.anchor);
      break;
    case YAML_SEQUENCE_START_EVENT:
      out.kind = Kind::list_start;
      out.anchor = view(event.data.sequence_start.anchor);
      out.tag = view(event.data.sequence_start.tag);
      out.flow = event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
      note_open(out.flow);
      break;
    case YAML_MAPPING_START_EVENT:
      out.kind = Kind::map_start;
      out.anchor = view(event.data.mapping_start.anchor);
      out.tag = view(event.data.mapping_start.tag);
      out.flow = event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
      note_open(out.flow);
      break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
      out.kind = Kind::end;
      break;
  }
  return out;
}

Error EventReader::State::complain() const {
  if (parser.error == YAML_MEMORY_ERROR)
    return Error(kInternal, "out of memory while reading YAML");
  Complaint complaint{.problem = view(parser.problem),
                      .place = position(parser.problem_mark, file),
                      .context = view(parser.context),
                      .context_place = {},
                      .quote_begin = quote_begin,
                      .quote_end_line = quote_end_line,
                      .open_flow = open.empty() ? std::nullopt : open.back()};
  if (parser.context != nullptr) complaint.context_place = position(parser.context_mark, file);
  return diagnose(complaint, text);
}

EventReader::EventReader(std::string_view text, const std::string& file)
    : state_(std::make_unique<State>(text, file)) {}

EventReader::~EventReader() = default;

Result<Event> EventReader::next() {
  do {
    yaml_event_delete(&state_->event);
    if (yaml_parser_parse(&state_->parser, &state_->event) == 0) return state_->complain();
  } while (state_->event.type == YAML_STREAM_START_EVENT);
  return state_->read();
}

}  // namespace plumb::yaml
