// What the program prints: styles, colours and tables. Pure: the caller says what the terminal can
// do, and writes the text. Text from a cluster or a repository passes through `safe` (or `add` of a
// Table, which does it), so that it cannot drive the terminal. Values; reentrant.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace plumb {

// What the reader of the text can show.
struct Style {
  bool color = false;
  bool glyphs = false;  // UTF-8 signs; words otherwise
  size_t width = 0;     // columns of the terminal; 0: unlimited (not a terminal)
};

enum class Tone { plain, good, bad, wait, faint, bold };

// Colours text, which must be safe already.
[[nodiscard]] std::string paint(std::string_view text, Tone tone, const Style& style);
// One line that is safe to print: control characters escaped, line breaks as a space.
[[nodiscard]] std::string safe(std::string_view text);
// Columns that text takes on a terminal: code points, which is exact for all but wide scripts.
[[nodiscard]] size_t columns(std::string_view text);

struct Cell {
  std::string text;
  Tone tone = Tone::plain;
};

// Columns are as wide as their widest cell; where the style has a width, the last column is cut to
// fit. Columns without any text but their header are left out.
class Table {
 public:
  explicit Table(std::vector<std::string> header);
  void add(std::vector<Cell> row);  // missing cells are empty
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  [[nodiscard]] std::string text(const Style& style) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace plumb
