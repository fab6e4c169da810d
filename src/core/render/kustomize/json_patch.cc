#include "core/render/kustomize/json_patch.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/number.h"
#include "base/text.h"
#include "core/render/kustomize/scalar_text.h"
#include "lang/json/json.h"
#include "lang/yaml/folded.h"
#include "lang/yaml/yaml.h"

namespace plumb::rendering::kustomize {
namespace {

constexpr int64_t kExactInDouble = int64_t{1} << 53;

std::string shown(std::string_view text) {
  return "\"" + escape_terminal(shorten(text)) + "\"";
}

Error fails(const std::string& operation, std::string_view path, const std::string& why) {
  return Error(kJsonPatchFails, operation + " " + shown(path) + ": " + why);
}

// "~1" is a slash, "~0" a tilde; left to right, once.
std::string decoded(std::string_view part) {
  std::string out;
  for (size_t i = 0; i < part.size(); ++i) {
    const bool escaped =
        part[i] == '~' && i + 1 < part.size() && (part[i + 1] == '0' || part[i + 1] == '1');
    out += !escaped ? part[i] : (part[i + 1] == '1' ? '/' : '~');
    if (escaped) ++i;
  }
  return out;
}

// Where an index points in a list of this size; negative ones count from the end.
std::optional<size_t> index_in(std::string_view text, size_t size) {
  std::optional<int64_t> index = parse_int64(text);
  if (!index) return std::nullopt;
  const auto length = static_cast<int64_t>(size);
  if (*index < 0) *index += length;
  if (*index < 0 || *index >= length) return std::nullopt;
  return static_cast<size_t>(*index);
}

// The container that a path ends in, and the last part of the path.
struct Place {
  Value* container = nullptr;
  std::string key;
};

std::optional<Place> find_place(Value& object, std::string_view path) {
  const std::vector<std::string> parts = split(path, '/');
  if (parts.size() < 2) return std::nullopt;
  Value* at = &object;
  for (size_t i = 1; i + 1 < parts.size(); ++i) {
    const std::string key = decoded(parts[i]);
    if (at->is_map()) {
      if (at->find(key) == nullptr) return std::nullopt;
      at = at->mutable_map().find(key);
    } else {
      const std::optional<size_t> index = index_in(key, at->as_list()->size());
      if (!index) return std::nullopt;
      at = &at->mutable_list()[*index];
    }
    if (!at->is_map() && !at->is_list()) return std::nullopt;
  }
  return Place{at, decoded(parts.back())};
}

// nullptr: a map without that key. An error: no such element.
Result<const Value*> get(const Place& place) {
  if (place.container->is_map()) return place.container->find(place.key);
  const List& list = *place.container->as_list();
  const std::optional<size_t> index = index_in(place.key, list.size());
  if (!index) return Error(kJsonPatchFails, "the list has no element " + shown(place.key));
  return &list[*index];
}

Result<void> add(const Place& place, Value value) {
  if (place.container->is_map()) {
    place.container->set(place.key, std::move(value));
    return {};
  }
  List& list = place.container->mutable_list();
  if (place.key == "-") {
    list.push_back(std::move(value));
    return {};
  }
  const std::optional<size_t> index = index_in(place.key, list.size() + 1);
  if (!index) return Error(kJsonPatchFails, "the list has no place " + shown(place.key));
  list.insert(list.begin() + static_cast<std::ptrdiff_t>(*index), std::move(value));
  return {};
}

Result<void> remove(const Place& place) {
  if (TRY(get(place)) == nullptr) {
    return Error(kJsonPatchFails, "there is no key " + shown(place.key));
  }
  if (place.container->is_map()) {
    place.container->erase(place.key);
    return {};
  }
  List& list = place.container->mutable_list();
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(*index_in(place.key, list.size())));
  return {};
}

Result<void> set(const Place& place, Value value) {
  static_cast<void>(TRY(get(place)));  // an element has to be there, a key need not
  if (place.container->is_map()) {
    place.container->set(place.key, std::move(value));
  } else {
    List& list = place.container->mutable_list();
    list[*index_in(place.key, list.size())] = std::move(value);
  }
  return {};
}

class Operation {
 public:
  Operation(const Value& value, Value& object)
      : value_(value), object_(object), kind_(value.string_at({"op"})) {}

  Result<void> run() {
    path_ = TRY(pointer("path"));
    if (kind_ == "add") return with_place(path_, [&](const Place& at) { return add(at, given()); });
    if (kind_ == "remove") return with_place(path_, remove);
    if (kind_ == "replace") return replace();
    if (kind_ == "move") return move();
    if (kind_ == "copy") return copy();
    if (kind_ == "test") return test();
    return Error(kJsonPatchFails, "there is no operation " + shown(kind_))
        .with_help("it is one of add, remove, replace, move, copy and test");
  }

 private:
  Result<std::string> pointer(const char* field) const {
    const Value* const found = value_.find(field);
    const std::string* const text = found == nullptr ? nullptr : found->as_string();
    if (text == nullptr) {
      return Error(kJsonPatchFails, "operation " + shown(kind_) + " has no \"" + field + "\"");
    }
    return *text;
  }

  [[nodiscard]] Value given() const {
    const Value* const found = value_.find("value");
    return found == nullptr ? Value() : *found;
  }

  template <class Do>
  Result<void> with_place(const std::string& path, const Do& act) {
    const std::optional<Place> place = find_place(object_, path);
    if (!place) return fails(kind_, path, "there is no such path");
    const Result<void> done = act(*place);
    if (!done) return fails(kind_, path, done.error().message());
    return {};
  }

  Result<void> replace() {
    if (!path_.empty()) {
      return with_place(path_, [&](const Place& at) { return set(at, given()); });
    }
    if (!given().is_map()) return fails(kind_, path_, "an object can be replaced by a map only");
    object_ = given();
    return {};
  }

  Result<void> move() {
    const std::string from = TRY(pointer("from"));
    Value moved;
    TRY(with_place(from, [&moved](const Place& at) -> Result<void> {
      const Value* const found = TRY(get(at));
      if (found != nullptr) moved = *found;
      return remove(at);
    }));
    return with_place(path_, [&moved](const Place& at) { return add(at, moved); });
  }

  Result<void> copy() {
    const std::string from = TRY(pointer("from"));
    Value copied;
    TRY(with_place(from, [&copied](const Place& at) -> Result<void> {
      const Value* const found = TRY(get(at));
      if (found != nullptr) copied = *found;
      return {};
    }));
    return with_place(path_, [&copied](const Place& at) { return add(at, copied); });
  }

  Result<void> test() {
    const auto same = [this](const Value& value) -> Result<void> {
      if (value.type() == given().type() && value == given()) return {};
      return Error(kJsonPatchFails, "the value is another one");
    };
    if (path_.empty()) return same(object_);
    return with_place(path_, [&](const Place& at) -> Result<void> {
      const Value* const found = TRY(get(at));
      return same(found == nullptr ? Value() : *found);
    });
  }

  const Value& value_;
  Value& object_;
  std::string kind_;
  std::string path_;
};

// The original writes the object as JSON and reads it again: it is in quotes what has to be, and
// integers pass through a double.
bool is_as_read(const Value& value) {
  if (const Map* map = value.as_map()) {
    return std::all_of(map->begin(), map->end(),
                       [](const Member& member) { return is_as_read(member.value); });
  }
  if (const List* list = value.as_list()) {
    return std::all_of(list->begin(), list->end(), is_as_read);
  }
  if (const int64_t* integer = value.as_integer()) {
    return *integer <= kExactInDouble && *integer >= -kExactInDouble;
  }
  if (const std::string* text = value.as_string()) return value.is_quoted() == needs_quotes(*text);
  return !value.is_blank();
}

Value read_again(const Value& value) {
  if (is_as_read(value)) return value;
  if (const Map* map = value.as_map()) {
    std::vector<Member> members;
    for (const Member& member : *map) members.push_back({member.key, read_again(member.value)});
    return Value(Map(std::move(members)));
  }
  if (const List* list = value.as_list()) {
    List items;
    for (const Value& item : *list) items.push_back(read_again(item));
    return Value(std::move(items));
  }
  if (const std::string* text = value.as_string()) {
    return needs_quotes(*text) ? Value::quoted(*text) : Value(*text);
  }
  if (value.is_null()) return Value();
  const auto rounded = static_cast<double>(*value.as_integer());
  if (std::fabs(rounded) >= 9.2e18) return Value(rounded);
  return Value(static_cast<int64_t>(rounded));
}

Result<Value> read(std::string_view text, const std::string& file, Budget& budget) {
  if (text.starts_with('[')) return json::parse(text, budget, {.file = file});
  const std::vector<yaml::Document> documents = TRY(yaml::parse_all(text, file, budget));
  return documents.empty() ? Value() : documents.front().value;
}

}  // namespace

Result<JsonPatch> JsonPatch::parse(std::string_view text, const std::string& file, Budget& budget) {
  const Value value = TRY(read(text, file, budget));
  JsonPatch out;
  if (value.is_null()) return out;
  const auto is_operation = [](const Value& item) { return item.is_map() || item.is_null(); };
  if (!value.is_list() ||
      !std::all_of(value.as_list()->begin(), value.as_list()->end(), is_operation)) {
    return Error(kBadJsonPatch, "a JSON patch is a list of operations").at({file, 1, 0});
  }
  out.operations_ = *value.as_list();
  return out;
}

Result<Value> JsonPatch::apply(Value object, Budget& budget) const {
  object = yaml::rewritten(object);
  for (const Value& operation : operations_) {
    TRY(budget.spend_steps());
    TRY(Operation(operation, object).run());
  }
  return read_again(object);
}

}  // namespace plumb::rendering::kustomize
