#include "lang/fieldset/fieldset.h"

#include <algorithm>
#include <charconv>

#include "lang/json/json.h"

namespace plumb::fieldset {
namespace {

const Value* item_by_key(const List& items, const Value& key) {
  if (key.as_map()->empty()) return nullptr;
  const auto matches = [&](const Value& item) {
    return std::all_of(key.as_map()->begin(), key.as_map()->end(), [&](const Member& part) {
      const Value* found = item.find(part.key);
      return found != nullptr && *found == part.value;
    });
  };
  const auto at = std::find_if(items.begin(), items.end(), matches);
  return at == items.end() ? nullptr : &*at;
}

const Value* item_by_value(const List& items, std::string_view value_json) {
  const Result<Value> wanted = json::parse(value_json);
  if (!wanted) return nullptr;
  const auto at = std::find(items.begin(), items.end(), *wanted);
  return at == items.end() ? nullptr : &*at;
}

const Value* item_by_index(const List& items, std::string_view text) {
  size_t index = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), index);
  if (code != std::errc() || end != text.data() + text.size()) return nullptr;
  return index < items.size() ? &items[index] : nullptr;
}

}  // namespace

const Value* part_of(const Value& from, std::string_view element) {
  if (element == ".") return &from;
  if (element.size() < 2 || element[1] != ':') return nullptr;
  const std::string_view name = element.substr(2);
  if (element[0] == 'f') return from.find(name);
  if (!from.is_list()) return nullptr;
  const List& items = *from.as_list();
  switch (element[0]) {
    case 'k':
      return item_by_key(items, key_fields(element));
    case 'v':
      return item_by_value(items, name);
    case 'i':
      return item_by_index(items, name);
    default:
      return nullptr;
  }
}

Value key_fields(std::string_view element) {
  if (!element.starts_with("k:")) return Value::map();
  const Result<Value> key = json::parse(element.substr(2));
  return key && key->is_map() ? *key : Value::map();
}

std::string readable(const std::string& path, std::string_view element) {
  if (element.size() < 2) return path;
  const std::string_view name = element.substr(2);
  if (element[0] == 'f') return path.empty() ? std::string(name) : path + "." + std::string(name);
  if (element[0] != 'k') return path + "[" + std::string(name) + "]";
  const Value key = key_fields(element);
  if (key.as_map()->empty()) return path + "[" + std::string(name) + "]";
  std::string text;
  for (const Member& part : *key.as_map()) {
    if (!text.empty()) text += ',';
    text += part.value.is_string() ? *part.value.as_string() : json::write(part.value);
  }
  return path + "[" + text + "]";
}

}  // namespace plumb::fieldset
