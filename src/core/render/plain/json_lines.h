// JsonLines: lines of fields in a JSON file, found by scanning its text when asked (errors and
// diffs ask rarely). The text must have been accepted by json::parse. Immutable, thread safe.
#pragma once

#include <string>
#include <string_view>

#include "lang/value/field_lines.h"

namespace plumb::rendering::plain {

class JsonLines final : public FieldLines {
 public:
  explicit JsonLines(std::string text) : text_(std::move(text)) {}

  [[nodiscard]] int line_of(const std::vector<std::string>& path) const override;

 private:
  std::string text_;
};

}  // namespace plumb::rendering::plain
