#include "core/render/kustomize/field_path.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "base/number.h"
#include "base/text.h"
#include "core/render/kustomize/scalar_text.h"
#include "lang/yaml/yaml.h"

namespace plumb::rendering::kustomize {
namespace {

std::vector<std::string> split_dots(std::string_view path) {
  std::vector<std::string> parts = split(path, '.');
  if (parts.size() > 1 && parts.front().empty()) parts.erase(parts.begin());
  std::vector<std::string> out;
  for (std::string& part : parts) {
    if (!out.empty() && out.back().ends_with('\\')) {
      out.back().back() = '.';
      out.back() += part;
    } else {
      out.push_back(std::move(part));
    }
  }
  return out;
}

bool is_index(std::string_view part) {
  const std::optional<int64_t> number = parse_int64(part);
  return number && *number >= 0;
}

bool is_bracketed(std::string_view part) {
  return part.starts_with('[') && part.ends_with(']');
}

Error wrong(const std::string& part, const std::string& what) {
  return Error(kFieldPath, "\"" + escape_terminal(shorten(part)) + "\": " + what);
}

struct NameAndValue {
  std::string name;
  std::string value;
};

Result<NameAndValue> split_bracketed(const std::string& part) {
  std::string_view inside = part;
  if (inside.ends_with(']')) inside.remove_suffix(1);
  if (inside.starts_with('[')) inside.remove_prefix(1);
  const size_t equals = inside.find('=');
  if (equals == std::string_view::npos) return wrong(part, "an element is named by [field=value]");
  return NameAndValue{std::string(inside.substr(0, equals)),
                      std::string(inside.substr(equals + 1))};
}

Result<const Value*> member(const Value& at, const std::string& part) {
  if (at.is_null()) return nullptr;
  if (!at.is_map()) return wrong(part, "what should have this field is no map");
  return at.find(part);
}

Result<const Value*> element(const Value& at, const std::string& part) {
  if (at.is_null()) return nullptr;
  if (!at.is_list()) return wrong(part, "what should have this element is no list");
  const List& list = *at.as_list();
  if (const std::optional<int64_t> number = parse_int64(part)) {
    if (*number < 0) return wrong(part, "an index cannot be negative");
    const auto index = static_cast<size_t>(*number);
    return index < list.size() ? &list[index] : nullptr;
  }
  if (part == "-") {
    if (list.empty()) return wrong(part, "the list is empty");
    return &list.back();
  }
  const NameAndValue wanted = TRY(split_bracketed(part));
  const auto is_it = [&wanted](const Value& item) {
    if (wanted.name.empty()) return scalar_text(item) == wanted.value;
    const Value* const found = item.find(wanted.name);
    return found != nullptr && scalar_text(*found) == wanted.value;
  };
  const auto found = std::find_if(list.begin(), list.end(), is_it);
  return found == list.end() ? nullptr : &*found;
}

// A value as it stands in a file, which is what expressions are matched with.
std::string written(const Value& value) {
  if (value.is_map() || value.is_list()) return yaml::write(value);
  const std::string text = scalar_text(value);
  return value.is_quoted() || (value.is_string() && needs_quotes(text)) ? "\"" + text + "\"" : text;
}

}  // namespace

std::vector<std::string> split_field_path(std::string_view path) {
  const std::vector<std::string> parts = split_dots(path);
  std::vector<std::string> out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!parts[i].starts_with('[') || parts[i].ends_with(']')) {
      out.push_back(parts[i]);
      continue;
    }
    std::string together = parts[i];
    while (i + 1 < parts.size()) {
      together += '.';
      together += parts[++i];
      if (parts[i].ends_with(']')) break;
    }
    if (together.find('=') == std::string::npos) {
      while (together.starts_with('[') || together.starts_with(']')) together.erase(0, 1);
      while (together.ends_with('[') || together.ends_with(']')) together.pop_back();
    }
    out.push_back(std::move(together));
  }
  return out;
}

Result<const Value*> look_up(const Value& object, const std::vector<std::string>& path) {
  const Value* at = &object;
  for (const std::string& raw : path) {
    const std::string part(trim(raw));
    if (part.empty()) continue;
    if (part == "*") return wrong(part, "this path has to name one field");
    const bool is_element = parse_int64(part) || part == "-" || is_bracketed(part);
    at = is_element ? TRY(element(*at, part)) : TRY(member(*at, part));
    if (at == nullptr) return nullptr;
  }
  return at;
}

Result<std::vector<Value*>> FieldMatcher::match(Value& object,
                                                const std::vector<std::string>& path) {
  Found found;
  TRY(walk(object, path, 0, found));
  return found;
}

bool FieldMatcher::is_new(const Value* field) const {
  return std::find(made_.begin(), made_.end(), field) != made_.end();
}

Value FieldMatcher::made(const Path& path, size_t next) const {
  const std::string part = next < path.size() ? path[next] : std::string();
  if (is_bracketed(part) || is_index(part)) return Value(List());
  if (!part.empty() || make_ == Make::map) return Value::map();
  return make_ == Make::list ? Value(List()) : Value("");
}

Result<void> FieldMatcher::walk(Value& at, const Path& path, size_t part, Found& found) {
  TRY(budget_.spend_steps());
  if (part == path.size()) {
    found.push_back(&at);
    return {};
  }
  if (is_index(path[part])) return index(at, path, part, found);
  if (is_bracketed(path[part])) return elements(at, path, part, found);
  if (path[part] == "*") return every(at, path, part, found);
  return field(at, path, part, found);
}

Result<void> FieldMatcher::field(Value& at, const Path& path, size_t part, Found& found) {
  const std::string& name = path[part];
  if (at.is_null() && make_ != Make::nothing) {
    // In the original, what is put into a null is lost.
    copies_.push_back(Value::map());
    return field(copies_.back(), path, part, found);
  }
  const Value* const there = TRY(member(at, name));
  if (there == nullptr && make_ == Make::nothing) return {};
  const bool makes = there == nullptr;
  if (makes) at.set(name, made(path, part + 1));
  Value* const here = at.mutable_map().find(name);
  const bool is_last = part + 1 == path.size();
  if (makes && is_last && is_scalar(*here)) made_.push_back(here);
  if (is_last || !is_scalar(*here)) return walk(*here, path, part + 1, found);
  // The text may be YAML or JSON. What is found in it is a copy.
  copies_.push_back(TRY(yaml::parse(scalar_text(*here), "", budget_, yaml::Dialect::kustomize)));
  if (copies_.back().is_null() && make_ != Make::nothing) {
    return wrong(path[part + 1], "it cannot be made inside a null");
  }
  const size_t before = found.size();
  TRY(walk(copies_.back(), path, part + 1, found));
  made_.insert(made_.end(), found.begin() + static_cast<std::ptrdiff_t>(before), found.end());
  return {};
}

Result<void> FieldMatcher::index(Value& at, const Path& path, size_t part, Found& found) {
  const auto wanted = static_cast<size_t>(*parse_int64(path[part]));
  if (!at.is_null() && !at.is_list()) {
    return wrong(path[part], "what should have this element is no list");
  }
  const size_t size = at.is_list() ? at.as_list()->size() : 0;
  if (wanted == size && make_ != Make::nothing && at.is_list()) {
    at.mutable_list().push_back(made(path, part + 1));
    Value& item = at.mutable_list().back();
    if (part + 1 == path.size() && is_scalar(item)) made_.push_back(&item);
  } else if (wanted >= size) {
    return wrong(path[part], "the list has " + std::to_string(size) + " elements");
  }
  return walk(at.mutable_list()[wanted], path, part + 1, found);
}

Result<void> FieldMatcher::every(Value& at, const Path& path, size_t part, Found& found) {
  if (at.is_null()) return {};
  if (!at.is_list()) return wrong(path[part], "what should have elements is no list");
  for (Value& item : at.mutable_list()) TRY(walk(item, path, part + 1, found));
  return {};
}

Result<void> FieldMatcher::elements(Value& at, const Path& path, size_t part, Found& found) {
  const NameAndValue wanted = TRY(split_bracketed(path[part]));
  if (!at.is_null() && !at.is_list()) {
    return wrong(path[part], "what should have elements is no list");
  }
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 expression(wanted.value, options);
  const bool has_items = at.is_list() && !at.as_list()->empty();
  if (has_items && !expression.ok()) {
    return wrong(path[part], "no regular expression: " + expression.error());
  }
  const bool of_scalars = wanted.name.empty();
  const size_t before = found.size();
  for (int round = 0; round < 2; ++round) {
    const size_t size = at.is_list() ? at.as_list()->size() : 0;
    for (size_t i = 0; i < size; ++i) {
      const Value& item = (*at.as_list())[i];
      const Value* const told_by = of_scalars ? &item : item.find(wanted.name);
      if (told_by == nullptr) continue;
      const std::string text = written(*told_by);
      if (!RE2::PartialMatch(trim(text), expression)) continue;
      Value& here = at.mutable_list()[i];
      if (of_scalars) {
        found.push_back(&here);
      } else {
        TRY(walk(here, path, part + 1, found));
      }
    }
    if (found.size() > before || make_ == Make::nothing) return {};
    if (round == 1 || !at.is_list()) break;
    if (of_scalars) {
      at.mutable_list().push_back(plain_scalar(wanted.value));
    } else {
      at.mutable_list().push_back(Value::map({{wanted.name, plain_scalar(wanted.value)}}));
    }
  }
  return wrong(path[part], "no such element, and none can be made");
}

}  // namespace plumb::rendering::kustomize
