// From libyaml's complaint to an Error a person can act on: names the usual causes (a merge
// conflict, Helm template syntax, a tab, a missing space or quote) and points at the opening
// character of what is not closed. Never quotes a value: the text may be a secret. Internal to
// lang/yaml; pure.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace plumb::yaml {

// libyaml's report, with lines and columns from 1 (0: not given).
struct Complaint {
  std::string_view problem;
  Position place;
  std::string_view context;
  Position context_place;
  // The last quoted scalar that spans lines, where one was read: a missing quote shows up where it
  // ends.
  Position quote_begin;
  int quote_end_line = 0;
  // The innermost bracket or brace that is open.
  std::optional<Position> open_flow;
};

[[nodiscard]] Error diagnose(const Complaint& complaint, std::string_view text);

// The error that explains a failure of any kind better than its own message does, if the text shows
// one of the usual accidents: merge conflict markers anywhere, template syntax on one of `lines`.
[[nodiscard]] std::optional<Error> find_accident(std::string_view text, const std::string& file,
                                                 std::initializer_list<int> lines);

}  // namespace plumb::yaml
