#include "core/render/refused_field.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/text.h"
#include "core/render/kustomize/tables/schema.h"

namespace plumb {
namespace {

using rendering::kustomize::SchemaNode;

// "containers[name="web"]" -> {containers, [name="web"]}; what is in brackets is kept with them.
std::vector<std::string> parts_of(std::string_view field) {
  std::vector<std::string> parts;
  std::string part;
  const auto end_part = [&] {
    if (!part.empty()) parts.push_back(std::move(part));
    part.clear();
  };
  bool bracket = false;
  for (const char c : field) {
    if (!bracket && (c == '.' || c == '[')) end_part();
    if (c == '[') bracket = true;
    if (bracket || c != '.') part += c;
    if (c == ']') {
      bracket = false;
      end_part();
    }
  }
  end_part();
  return parts;
}

// Whether the element has all of `name="web",protocol="TCP"`.
bool has_keys(const Value& element, std::string_view keys) {
  for (const std::string& one : split(keys, ',')) {
    const size_t equals = one.find('=');
    if (equals == std::string::npos) return false;
    std::string wanted = one.substr(equals + 1);
    std::erase(wanted, '"');
    const Value* const value = element.find(one.substr(0, equals));
    if (value == nullptr) return false;
    const std::string* const text = value->as_string();
    const auto number = value->as_integer();
    if (text != nullptr ? *text != wanted : !number || std::to_string(*number) != wanted) {
      return false;
    }
  }
  return true;
}

// The index of the element, or the key of the map, that a bracket stands for.
std::string resolved(std::string_view bracket, const Value* at) {
  std::string inside(bracket.substr(1));
  if (inside.ends_with(']')) inside.pop_back();
  const List* const list = at == nullptr ? nullptr : at->as_list();
  if (list == nullptr || inside.find('=') == std::string::npos) return inside;
  const auto found = std::find_if(list->begin(), list->end(),
                                  [&](const Value& element) { return has_keys(element, inside); });
  return found == list->end() ? inside : std::to_string(found - list->begin());
}

const Value* child(const Value* at, const std::string& key) {
  if (at == nullptr) return nullptr;
  const List* const list = at->as_list();
  if (list == nullptr) return at->find(key);
  const bool is_index =
      !key.empty() && key.size() < 10 &&
      std::all_of(key.begin(), key.end(), [](char c) { return c >= '0' && c <= '9'; });
  const size_t index = is_index ? std::stoul(key) : list->size();
  return index < list->size() ? &(*list)[index] : nullptr;
}

std::string suggestion(const std::optional<SchemaNode>& parent, const std::string& name) {
  if (!parent) return "";
  const std::string near = nearest(name, parent->field_names());
  return near.empty() ? "" : "did you mean " + near + "?";
}

std::string type_help(const Value* value, std::string_view what) {
  if (what.starts_with("expected a string, found a number") ||
      what.starts_with("expected a string, found true or false")) {
    return "put the value in quotes";
  }
  const bool quoted = what.ends_with(", found a string") && value != nullptr && value->is_string();
  if (!quoted) return "";
  const std::string& text = *value->as_string();
  const bool number = !text.empty() && text.find_first_not_of("+-.0123456789") == std::string::npos;
  const bool boolean = text == "true" || text == "false";
  const bool fits = (what.starts_with("expected a number") && number) ||
                    (what.starts_with("expected true or false") && boolean);
  return fits ? "remove the quotes" : "";
}

}  // namespace

RefusedField look_up_refused(const Manifest& manifest, std::string_view field,
                             std::string_view what) {
  std::vector<std::string> path;
  const Value* at = &manifest.body;
  std::optional<SchemaNode> node = rendering::kustomize::schema_of(
      rendering::kustomize::builtin_schema(), manifest.api_version, manifest.key.kind);
  std::optional<SchemaNode> parent;
  for (const std::string& part : parts_of(field)) {
    const bool bracket = part.front() == '[';
    path.push_back(bracket ? resolved(part, at) : part);
    parent = node;
    if (node) node = at != nullptr && at->is_list() ? node->elements() : node->field(path.back());
    at = child(at, path.back());
  }
  RefusedField out;
  out.position = manifest.position_of(path);
  out.help = what.starts_with("there is no such field") && !path.empty()
                 ? suggestion(parent, path.back())
                 : type_help(at, what);
  return out;
}

}  // namespace plumb
