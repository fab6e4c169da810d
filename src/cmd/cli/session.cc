#include "cmd/cli/session.h"

namespace plumb::cli {

Result<void> Session::print(std::string_view text) const {
  return print_text(text);
}

Result<void> Session::print_value(const Value& value) const {
  return plumb::print_value(value, options.output);
}

void Session::progress(std::string_view line) const {
  print_progress(line);
}

}  // namespace plumb::cli
