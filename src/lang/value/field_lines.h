// FieldLines: where the fields of a parsed document stand in its file. Immutable, thread safe.
#pragma once

#include <string>
#include <vector>

namespace plumb {

class FieldLines {
 public:
  virtual ~FieldLines() = default;
  // Line (from 1) of the value at a path of map keys and list indexes, or of the deepest part of it
  // that exists.
  [[nodiscard]] virtual int line_of(const std::vector<std::string>& path) const = 0;
};

}  // namespace plumb
