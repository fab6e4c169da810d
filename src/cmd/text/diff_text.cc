#include "cmd/text/diff_text.h"

#include <array>

#include "base/text.h"
#include "cmd/text/line_diff.h"
#include "lang/json/json.h"
#include "lang/yaml/yaml.h"

namespace plumb {

namespace {

const char* word_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::created:
      return "created";
    case ChangeKind::changed:
      return "changed";
    case ChangeKind::pruned:
      return "pruned";
    case ChangeKind::released:
      return "released";
    case ChangeKind::refused:
      return "refused";
  }
  return "";
}

Tone tone_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::created:
      return Tone::good;
    case ChangeKind::changed:
    case ChangeKind::released:
      return Tone::wait;
    case ChangeKind::pruned:
    case ChangeKind::refused:
      return Tone::bad;
  }
  return Tone::plain;
}

bool is_scalar(const Value& value) {
  return !value.is_map() && !value.is_list();
}

bool fits_a_line(const Value& value) {
  const std::string* text = value.as_string();
  return is_scalar(value) && (text == nullptr || text->find('\n') == std::string::npos);
}

// Quoted only where it could be taken for something else: "1" is not 1.
std::string scalar_text(const Value& value) {
  const std::string* text = value.as_string();
  const bool plain = text != nullptr && !text->empty() && text->front() != ' ' &&
                     text->back() != ' ' && text->front() != '"' && !json::parse(*text);
  return plain ? safe(*text) : safe(json::write(value));
}

// A block of lines for a value that needs several.
std::string block_text(const Value& value) {
  const std::string* text = value.as_string();
  return text != nullptr ? *text : yaml::write(value);
}

std::string signed_line(char sign, std::string_view text, const Style& style) {
  const Tone tone = sign == '+' ? Tone::good : sign == '-' ? Tone::bad : Tone::plain;
  std::string line = std::string(1, sign == '@' ? ' ' : sign) + " " + safe(text);
  while (line.ends_with(' ')) line.pop_back();
  return "    " + paint(line, tone, style) + "\n";
}

std::string block(char sign, const Value& value, const Style& style) {
  std::string text = block_text(value);
  if (text.ends_with('\n')) text.pop_back();
  std::string out;
  for (const std::string& line : split(text, '\n')) out += signed_line(sign, line, style);
  return out;
}

std::string heading(const ObjectChange& change, const Style& style) {
  std::string out = paint(safe(change.key.display()), Tone::bold, style) + "  " +
                    paint(word_of(change.kind), tone_of(change.kind), style);
  if (!change.reason.empty()) out += "  (" + safe(change.reason) + ")";
  if (!change.position.file.empty()) {
    out += "  " + paint(safe(to_string(change.position)), Tone::faint, style);
  }
  return out + "\n";
}

std::array<size_t, 5> counts_of(const Comparison& comparison) {
  std::array<size_t, 5> counts{};
  for (const ObjectChange& change : comparison.changes) {
    ++counts.at(static_cast<size_t>(change.kind));
  }
  return counts;
}

std::string totals(const Comparison& comparison) {
  const auto counts = counts_of(comparison);
  const auto count = [&](ChangeKind kind) {
    return std::to_string(counts.at(static_cast<size_t>(kind)));
  };
  std::string out = count(ChangeKind::created) + " to create, " + count(ChangeKind::changed) +
                    " to change, " + count(ChangeKind::pruned) + " to prune, " +
                    std::to_string(comparison.unchanged) + " unchanged";
  if (counts.at(static_cast<size_t>(ChangeKind::released)) > 0) {
    out += ", " + count(ChangeKind::released) + " to release";
  }
  if (counts.at(static_cast<size_t>(ChangeKind::refused)) > 0) {
    out += ", " + count(ChangeKind::refused) + " refused";
  }
  return out + "\n";
}

}  // namespace

std::string field_text(const FieldChange& change, const Style& style) {
  const std::string path = safe(change.path);
  if (change.before && change.after) {
    if (fits_a_line(*change.before) && fits_a_line(*change.after)) {
      return "  " + path + ": " + paint(scalar_text(*change.before), Tone::bad, style) + " -> " +
             paint(scalar_text(*change.after), Tone::good, style) + "\n";
    }
    std::string out = "  " + path + ":\n";
    for (const DiffLine& line : line_diff(block_text(*change.before), block_text(*change.after))) {
      out += signed_line(line.sign, line.text, style);
    }
    return out;
  }
  const char sign = change.after ? '+' : '-';
  const Value& value = change.after ? *change.after : *change.before;
  if (path.empty()) return block(sign, value, style);
  if (fits_a_line(value)) {
    return "  " + path + ": " +
           paint(std::string(1, sign) + " " + scalar_text(value),
                 sign == '+' ? Tone::good : Tone::bad, style) +
           "\n";
  }
  return "  " + path + ":\n" + block(sign, value, style);
}

std::vector<DiffLine> changed_lines(const FieldChange& change) {
  const bool both = change.before && change.after;
  if (both && !(fits_a_line(*change.before) && fits_a_line(*change.after))) {
    return line_diff(block_text(*change.before), block_text(*change.after));
  }
  std::vector<DiffLine> out;
  for (const auto& [sign, value] :
       {std::pair('-', &change.before), std::pair('+', &change.after)}) {
    if (!*value) continue;
    if (fits_a_line(**value)) {
      out.push_back({sign, scalar_text(**value)});
      continue;
    }
    std::string text = block_text(**value);
    if (text.ends_with('\n')) text.pop_back();
    for (std::string& line : split(text, '\n')) out.push_back({sign, std::move(line)});
  }
  return out;
}

std::string diff_text(const Comparison& comparison, const Style& style) {
  std::string out;
  for (const ObjectChange& change : comparison.changes) {
    out += heading(change, style);
    for (const FieldChange& field : change.fields) out += field_text(field, style);
    if (change.error) {
      out += "  " + safe(change.error->message()) + "\n";
      if (!change.error->help().empty()) out += "  help: " + safe(change.error->help()) + "\n";
    }
    out += "\n";
  }
  return out + totals(comparison);
}

Value diff_value(const Comparison& comparison) {
  List changes;
  for (const ObjectChange& change : comparison.changes) {
    Value entry = Value::map({{"group", change.key.group},
                              {"kind", change.key.kind},
                              {"namespace", change.key.namespace_},
                              {"name", change.key.name},
                              {"change", word_of(change.kind)}});
    if (!change.reason.empty()) entry.set("reason", change.reason);
    if (!change.position.file.empty()) entry.set("position", to_string(change.position));
    if (change.error) entry.set("error", change.error->message());
    List fields;
    for (const FieldChange& field : change.fields) {
      Value item = Value::map({{"path", field.path}});
      if (field.before) item.set("before", *field.before);
      if (field.after) item.set("after", *field.after);
      fields.push_back(std::move(item));
    }
    entry.set("fields", Value(std::move(fields)));
    changes.push_back(std::move(entry));
  }
  return Value::map({{"version", 1},
                     {"unchanged", static_cast<int64_t>(comparison.unchanged)},
                     {"changes", Value(std::move(changes))}});
}

}  // namespace plumb
