#include "core/render/kustomize/structured_text.h"

#include <algorithm>
#include <span>

#include "base/text.h"
#include "core/render/kustomize/scalar_text.h"
#include "lang/json/json.h"
#include "lang/yaml/scalars.h"
#include "lang/yaml/yaml.h"

namespace plumb::rendering::kustomize {
namespace {

// encoding/json keeps texts safe for HTML.
std::string escaped_for_html(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '<') {
      out += "\\u003c";
    } else if (c == '>') {
      out += "\\u003e";
    } else if (c == '&') {
      out += "\\u0026";
    } else {
      out += c;
    }
  }
  return out;
}

void append_indented(std::string& out, const Value& value, size_t depth) {
  const auto line = [&out](size_t level) {
    out += '\n';
    out.append(2 * level, ' ');
  };
  const Map* const map = value.as_map();
  const List* const list = value.as_list();
  if ((map == nullptr || map->empty()) && (list == nullptr || list->empty())) {
    json::append(out, value);
    return;
  }
  bool first = true;
  out += map != nullptr ? '{' : '[';
  if (map != nullptr) {
    for (const Member& member : *map) {
      if (!std::exchange(first, false)) out += ',';
      line(depth + 1);
      json::append_string(out, member.key);
      out += ": ";
      append_indented(out, member.value, depth + 1);
    }
  } else {
    for (const Value& item : *list) {
      if (!std::exchange(first, false)) out += ',';
      line(depth + 1);
      append_indented(out, item, depth + 1);
    }
  }
  line(depth);
  out += map != nullptr ? '}' : ']';
}

std::string as_json(const Value& value, const std::string& before) {
  const bool is_pretty =
      before.find('\n') != std::string::npos && before.find("  ") != std::string::npos;
  std::string out;
  if (is_pretty) {
    append_indented(out, value, 0);
  } else {
    json::append(out, value);
  }
  return escaped_for_html(out);
}

// Where the path leads into a text: the number of its parts up to there.
std::optional<size_t> parts_to_text(const Value& object, const std::vector<std::string>& path) {
  for (size_t parts = 1; parts < path.size(); ++parts) {
    const Result<const Value*> found = look_up(
        object,
        std::vector<std::string>(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(parts)));
    if (found && *found != nullptr && is_scalar(**found)) return parts;
  }
  return std::nullopt;
}

// The same text with other scalars; nullopt where more than scalars differ.
std::optional<std::string> with_scalars(const std::string& text, const Value& before,
                                        const Value& after, Budget& budget) {
  Result<std::vector<yaml::ScalarPlace>> places = yaml::find_scalars(text, "", budget);
  if (!places) return std::nullopt;
  std::string out = text;
  for (auto place = places->rbegin(); place != places->rend(); ++place) {
    const Result<const Value*> old = look_up(before, place->path);
    const Result<const Value*> now = look_up(after, place->path);
    if (!old || !now || *old == nullptr || *now == nullptr) continue;
    if (**old == **now) continue;
    if (!place->is_replaceable || !is_scalar(**now)) return std::nullopt;
    const std::string written =
        (*now)->is_string() ? yaml::written_at(*place, scalar_text(**now)) : scalar_text(**now);
    out.replace(place->begin, place->end - place->begin, written);
  }
  Result<Value> again = yaml::parse(out, "", budget, yaml::Dialect::kustomize);
  if (!again || !(*again == after)) return std::nullopt;
  return std::string(trim(out));
}

std::string as_yaml(const Value& value, const Value& before, const std::string& text,
                    Budget& budget) {
  if (std::optional<std::string> edited = with_scalars(text, before, value, budget)) {
    return *std::move(edited);
  }
  return std::string(trim(yaml::write(value)));
}

Value* mutable_at(Value& object, std::span<const std::string> path) {
  Value* at = &object;
  for (const std::string& raw : path) {
    const std::string part(trim(raw));
    if (part.empty()) continue;
    const Result<const Value*> found = look_up(*at, {part});
    if (!found || *found == nullptr) return nullptr;
    if (at->is_map()) {
      at = at->mutable_map().find(part);
    } else {
      const auto index = static_cast<size_t>(*found - at->as_list()->data());
      at = &at->mutable_list()[index];
    }
  }
  return at;
}

}  // namespace

Result<bool> change_in_text(Value& object, const std::vector<std::string>& path, Make make,
                            const PutValue& put, Budget& budget) {
  const std::optional<size_t> parts = parts_to_text(object, path);
  if (!parts) return false;
  const std::span<const std::string> all(path);
  Value* const field = mutable_at(object, all.first(*parts));
  if (field == nullptr) return false;
  const std::string text = scalar_text(*field);
  const Result<Value> parsed = yaml::parse(text, "", budget, yaml::Dialect::kustomize);
  if (!parsed) return false;
  Value inside = *parsed;
  FieldMatcher matcher(make, budget);
  const std::vector<std::string> rest(path.begin() + static_cast<std::ptrdiff_t>(*parts),
                                      path.end());
  const Result<std::vector<Value*>> found = matcher.match(inside, rest);
  if (!found || found->empty()) return false;
  for (Value* value : *found) {
    if (!put(*value, matcher.is_new(value))) return false;
  }
  const std::string_view begin = trim(text);
  if (begin.empty()) return false;
  std::string written = begin.front() == '{' || begin.front() == '['
                            ? as_json(inside, text)
                            : as_yaml(inside, *parsed, text, budget);
  *field = field->with_text(written);
  return true;
}

}  // namespace plumb::rendering::kustomize
