// libyaml's event stream behind a small type, with its complaints turned into Errors. Internal to
// lang/yaml. Not thread safe; one reader belongs to one parse. Lines and columns count from 1.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace plumb::yaml {

struct Event {
  enum class Kind {
    document_start,
    document_end,
    alias,
    scalar,
    list_start,
    list_end,
    map_start,
    map_end,
    end,
  };

  Kind kind = Kind::end;
  int line = 0;
  int column = 0;
  // Of a scalar or an alias: code points from the beginning of the text, quotes and block
  // indicators included. An anchor or a tag in front of a scalar belongs to it.
  size_t begin = 0;
  size_t end = 0;
  enum class Style { plain, single_quoted, double_quoted, literal, folded };
  Style style = Style::plain;  // of a scalar
  bool plain = false;          // a scalar without quotes and tag
  bool flow = false;           // a list or map in brackets
  // These borrow from the reader, until its next event.
  std::string_view anchor = {};
  std::string_view tag = {};
  std::string_view text = {};
};

class EventReader {
 public:
  // Borrows both until the end of its life. The text is checked (Input).
  EventReader(std::string_view text, const std::string& file);
  ~EventReader();

  EventReader(const EventReader&) = delete;
  EventReader& operator=(const EventReader&) = delete;

  [[nodiscard]] Result<Event> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace plumb::yaml
