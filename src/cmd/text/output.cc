#include "cmd/text/output.h"

#include <algorithm>

#include "base/text.h"

namespace plumb {

namespace {

constexpr size_t kGap = 3;             // spaces between columns
constexpr size_t kLeastLastCell = 24;  // the last column is never cut below that

const char* escape_of(Tone tone) {
  switch (tone) {
    case Tone::plain:
      return "";
    case Tone::good:
      return "\033[32m";
    case Tone::bad:
      return "\033[31m";
    case Tone::wait:
      return "\033[33m";
    case Tone::faint:
      return "\033[2m";
    case Tone::bold:
      return "\033[1m";
  }
  return "";
}

bool continues_code_point(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u;
}

// The first `most` columns of text, the last of them an ellipsis where something was cut.
std::string cut(const std::string& text, size_t most, const Style& style) {
  if (columns(text) <= most) return text;
  const std::string_view sign = style.glyphs ? "…" : "~";
  size_t seen = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (continues_code_point(text[i])) continue;
    if (seen++ == most - 1) return text.substr(0, i) + std::string(sign);
  }
  return text;
}

}  // namespace

std::string paint(std::string_view text, Tone tone, const Style& style) {
  if (!style.color || tone == Tone::plain || text.empty()) return std::string(text);
  return escape_of(tone) + std::string(text) + "\033[0m";
}

std::string safe(std::string_view text) {
  std::string flat(text);
  std::replace(flat.begin(), flat.end(), '\n', ' ');
  return escape_terminal(flat);
}

size_t columns(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues_code_point(c); }));
}

Table::Table(std::vector<std::string> header) : header_(std::move(header)) {}

void Table::add(std::vector<Cell> row) {
  row.resize(header_.size());
  for (Cell& cell : row) cell.text = safe(cell.text);
  rows_.push_back(std::move(row));
}

std::string Table::text(const Style& style) const {
  std::vector<size_t> widths(header_.size(), 0);
  for (size_t i = 0; i < header_.size(); ++i) {
    for (const auto& row : rows_) widths[i] = std::max(widths[i], columns(row[i].text));
    if (widths[i] > 0) widths[i] = std::max(widths[i], columns(header_[i]));
  }
  size_t last = header_.size();  // one past the last column that is shown
  while (last > 1 && widths[last - 1] == 0) --last;

  size_t before_last = 0;
  for (size_t i = 0; i + 1 < last; ++i) before_last += widths[i] > 0 ? widths[i] + kGap : 0;
  const size_t room = style.width > before_last ? style.width - before_last : 0;
  const size_t most = style.width == 0 ? std::string::npos : std::max(room, kLeastLastCell);

  std::string out;
  const auto line = [&](auto&& text_at, auto&& tone_at) {
    for (size_t i = 0; i < last; ++i) {
      if (widths[i] == 0) continue;
      const std::string text = i + 1 == last ? cut(text_at(i), most, style) : text_at(i);
      out += paint(text, tone_at(i), style);
      if (i + 1 < last) out.append(widths[i] - columns(text) + kGap, ' ');
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    out += '\n';
  };
  line([&](size_t i) { return header_[i]; }, [](size_t) { return Tone::bold; });
  for (const auto& row : rows_) {
    line([&](size_t i) { return row[i].text; }, [&](size_t i) { return row[i].tone; });
  }
  return out;
}

}  // namespace plumb
