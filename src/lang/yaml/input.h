// The bytes of a YAML file as UTF-8 text without byte-order mark, checked for what YAML does not
// allow in it; and its lines, for messages. Internal to lang/yaml; pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace plumb::yaml {

// Borrows the bytes it was made from unless they had to be converted.
class Input {
 public:
  // Accepts UTF-8 and, with a byte-order mark, UTF-16. Bytes that are not text and control
  // characters are kBadEncoding.
  [[nodiscard]] static Result<Input> decode(std::string_view bytes, const std::string& file);

  [[nodiscard]] std::string_view text() const { return converted_ ? *converted_ : borrowed_; }

 private:
  Input() = default;
  std::string_view borrowed_;
  std::optional<std::string> converted_;
};

// The line (from 1) without its line break, as libyaml counts lines; "" beyond the end.
[[nodiscard]] std::string_view line_of_text(std::string_view text, int line);
// The text from code point `column` (from 1) of a line on.
[[nodiscard]] std::string_view from_column(std::string_view line, int column);

}  // namespace plumb::yaml
