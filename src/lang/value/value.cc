#include "lang/value/value.h"

#include <algorithm>
#include <cmath>

namespace plumb {
namespace {

constexpr size_t kSmallMap = 16;

bool key_less(const Member& member, std::string_view key) {
  return member.key < key;
}

}  // namespace

Value::Value(List items) : data_(std::make_shared<List>(std::move(items))) {}
Value::Value(Map members) : data_(std::make_shared<Map>(std::move(members))) {}

Value Value::map(std::initializer_list<std::pair<std::string_view, Value>> members) {
  Map out;
  for (const auto& [key, value] : members) out.set(key, value);
  return Value(std::move(out));
}

Value Value::list(std::initializer_list<Value> items) {
  return Value(List(items));
}

Value Value::quoted(std::string_view text) {
  Value out;
  out.data_ = Quoted{std::string(text)};
  return out;
}

Value Value::folded(std::string_view text) {
  Value out;
  out.data_ = Folded{std::string(text)};
  return out;
}

Value Value::with_text(std::string_view text) const {
  return is_folded() ? folded(text) : is_quoted() ? quoted(text) : Value(text);
}

Value Value::blank() {
  Value out;
  out.data_ = Blank{};
  return out;
}

const List* Value::as_list() const {
  const auto* list = std::get_if<std::shared_ptr<List>>(&data_);
  return list == nullptr ? nullptr : list->get();
}

const Map* Value::as_map() const {
  const auto* map = std::get_if<std::shared_ptr<Map>>(&data_);
  return map == nullptr ? nullptr : map->get();
}

const Value* Value::find(std::string_view key) const {
  const Map* map = as_map();
  return map == nullptr ? nullptr : map->find(key);
}

const Value* Value::find_path(std::initializer_list<std::string_view> keys) const {
  const Value* at = this;
  for (std::string_view key : keys) {
    at = at->find(key);
    if (at == nullptr) return nullptr;
  }
  return at;
}

std::string Value::string_at(std::initializer_list<std::string_view> keys) const {
  const Value* at = find_path(keys);
  const std::string* text = at == nullptr ? nullptr : at->as_string();
  return text == nullptr ? std::string() : *text;
}

std::optional<int64_t> Value::integer_at(std::initializer_list<std::string_view> keys) const {
  const Value* at = find_path(keys);
  if (at == nullptr) return std::nullopt;
  if (const int64_t* integer = at->as_integer()) return *integer;
  const double* number = at->as_number();
  if (number != nullptr && std::trunc(*number) == *number && std::fabs(*number) < 9e18) {
    return static_cast<int64_t>(*number);
  }
  return std::nullopt;
}

bool Value::bool_at(std::initializer_list<std::string_view> keys) const {
  const Value* at = find_path(keys);
  const bool* flag = at == nullptr ? nullptr : at->as_bool();
  return flag != nullptr && *flag;
}

List& Value::mutable_list() {
  auto* list = std::get_if<std::shared_ptr<List>>(&data_);
  if (list == nullptr) {
    data_ = std::make_shared<List>();
  } else if (list->use_count() > 1) {
    data_ = std::make_shared<List>(**list);
  }
  return *std::get<std::shared_ptr<List>>(data_);
}

Map& Value::mutable_map() {
  auto* map = std::get_if<std::shared_ptr<Map>>(&data_);
  if (map == nullptr) {
    data_ = std::make_shared<Map>();
  } else if (map->use_count() > 1) {
    data_ = std::make_shared<Map>(**map);
  }
  return *std::get<std::shared_ptr<Map>>(data_);
}

Value& Value::set(std::string_view key, Value value) {
  return mutable_map().set(key, std::move(value));
}

void Value::set_path(std::initializer_list<std::string_view> keys, Value value) {
  Value* at = this;
  for (std::string_view key : keys) {
    Map& map = at->mutable_map();
    Value* next = map.find(key);
    at = next != nullptr ? next : &map.set(key, Value());
  }
  *at = std::move(value);
}

bool Value::erase(std::string_view key) {
  if (find(key) == nullptr) return false;
  return mutable_map().erase(key);
}

bool Value::erase_path(std::initializer_list<std::string_view> keys) {
  if (keys.size() == 0 || find_path(keys) == nullptr) return false;
  Value* at = this;
  for (auto key = keys.begin(); key + 1 != keys.end(); ++key) {
    at = at->mutable_map().find(*key);
  }
  return at->mutable_map().erase(*(keys.end() - 1));
}

bool operator==(const Value& a, const Value& b) {
  using Type = Value::Type;
  if (a.type() == Type::integer && b.type() == Type::number) {
    return static_cast<double>(*a.as_integer()) == *b.as_number();
  }
  if (a.type() != b.type()) return a.type() == Type::number && b.type() == Type::integer && b == a;
  switch (a.type()) {
    case Type::null:
      return true;
    case Type::boolean:
      return *a.as_bool() == *b.as_bool();
    case Type::integer:
      return *a.as_integer() == *b.as_integer();
    case Type::number:
      return *a.as_number() == *b.as_number();
    case Type::string:
      return *a.as_string() == *b.as_string();
    case Type::list:
      return a.as_list() == b.as_list() || *a.as_list() == *b.as_list();
    case Type::map:
      return a.as_map() == b.as_map() || *a.as_map() == *b.as_map();
  }
  return false;
}

bool operator==(const Member& a, const Member& b) {
  return a.key == b.key && a.value == b.value;
}

Map::Map(std::vector<Member> members) : members_(std::move(members)) {
  const auto less = [](const Member& a, const Member& b) { return a.key < b.key; };
  if (members_.size() <= kSmallMap) {
    // std::stable_sort takes a buffer from the heap each time; most maps are small and nearly
    // sorted.
    for (auto at = members_.begin(); at != members_.end(); ++at) {
      const auto place = std::upper_bound(members_.begin(), at, *at, less);
      if (place != at) std::rotate(place, at, at + 1);
    }
  } else if (!std::is_sorted(members_.begin(), members_.end(), less)) {
    std::stable_sort(members_.begin(), members_.end(), less);
  }
  // Of a run of equal keys keep the last: walk backwards, unique keeps the first it meets.
  const auto same = [](const Member& a, const Member& b) { return a.key == b.key; };
  const auto kept = std::unique(members_.rbegin(), members_.rend(), same);
  members_.erase(members_.begin(), kept.base());
}

const Value* Map::find(std::string_view key) const {
  const auto at = std::lower_bound(members_.begin(), members_.end(), key, key_less);
  return at == members_.end() || at->key != key ? nullptr : &at->value;
}

Value* Map::find(std::string_view key) {
  const auto at = std::lower_bound(members_.begin(), members_.end(), key, key_less);
  return at == members_.end() || at->key != key ? nullptr : &at->value;
}

Value& Map::set(std::string_view key, Value value) {
  const auto at = std::lower_bound(members_.begin(), members_.end(), key, key_less);
  if (at != members_.end() && at->key == key) {
    at->value = std::move(value);
    return at->value;
  }
  return members_.insert(at, Member{std::string(key), std::move(value)})->value;
}

bool Map::erase(std::string_view key) {
  const auto at = std::lower_bound(members_.begin(), members_.end(), key, key_less);
  if (at == members_.end() || at->key != key) return false;
  members_.erase(at);
  return true;
}

const char* to_string(Value::Type type) {
  switch (type) {
    case Value::Type::null:
      return "null";
    case Value::Type::boolean:
      return "boolean";
    case Value::Type::integer:
      return "integer";
    case Value::Type::number:
      return "number";
    case Value::Type::string:
      return "string";
    case Value::Type::list:
      return "list";
    case Value::Type::map:
      return "map";
  }
  return "";
}

}  // namespace plumb
