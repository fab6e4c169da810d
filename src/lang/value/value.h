// Value: the JSON data model, the currency of parsers, renderers, planner and cluster client.
//
// A Value is null, a bool, an integer (int64), a number (double), a string, a list or a map. Maps
// are kept sorted by the bytes of their keys, so equal values have equal text and lookups are
// binary searches; keys are unique. Lists and maps are shared and copied on write: copying a Value
// is cheap, and a Value seen by two threads is never changed under either of them. No member
// throws; access by a wrong type yields nullptr or an empty value.
//
// A string remembers whether it was written in quotes or as folded text (">"), and a null whether
// it was written at all ("key:"): kustomize's merges depend on that. Nothing else does: such values
// are equal to others.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace plumb {

class Value;
class Map;
using List = std::vector<Value>;

class Value {
 public:
  enum class Type { null, boolean, integer, number, string, list, map };

  Value() = default;
  Value(std::nullptr_t) {}                                    // NOLINT: implicit
  Value(bool flag) : data_(flag) {}                           // NOLINT: implicit
  Value(int number) : data_(static_cast<int64_t>(number)) {}  // NOLINT: implicit
  Value(int64_t number) : data_(number) {}                    // NOLINT: implicit
  Value(double number) : data_(number) {}                     // NOLINT: implicit
  Value(std::string text) : data_(std::move(text)) {}         // NOLINT: implicit
  Value(std::string_view text) : data_(std::string(text)) {}  // NOLINT: implicit
  Value(const char* text) : data_(std::string(text)) {}       // NOLINT: implicit
  Value(List items);                                          // NOLINT: implicit
  Value(Map members);                                         // NOLINT: implicit

  [[nodiscard]] static Value map(
      std::initializer_list<std::pair<std::string_view, Value>> members = {});
  [[nodiscard]] static Value list(std::initializer_list<Value> items = {});
  [[nodiscard]] static Value quoted(std::string_view text);
  [[nodiscard]] static Value folded(std::string_view text);
  [[nodiscard]] static Value blank();
  // Another text, written as this string is.
  [[nodiscard]] Value with_text(std::string_view text) const;

  [[nodiscard]] Type type() const {
    if (data_.index() <= static_cast<size_t>(Type::map)) return static_cast<Type>(data_.index());
    return is_blank() ? Type::null : Type::string;
  }
  // In whatever style that is not plain, folded text included.
  [[nodiscard]] bool is_quoted() const {
    return std::holds_alternative<Quoted>(data_) || is_folded();
  }
  [[nodiscard]] bool is_folded() const { return std::holds_alternative<Folded>(data_); }
  [[nodiscard]] bool is_blank() const { return std::holds_alternative<Blank>(data_); }
  [[nodiscard]] bool is_null() const { return type() == Type::null; }
  [[nodiscard]] bool is_string() const { return type() == Type::string; }
  [[nodiscard]] bool is_list() const { return type() == Type::list; }
  [[nodiscard]] bool is_map() const { return type() == Type::map; }

  // nullptr unless the type is exactly that.
  [[nodiscard]] const bool* as_bool() const { return std::get_if<bool>(&data_); }
  [[nodiscard]] const int64_t* as_integer() const { return std::get_if<int64_t>(&data_); }
  [[nodiscard]] const double* as_number() const { return std::get_if<double>(&data_); }
  [[nodiscard]] const std::string* as_string() const {
    if (const auto* text = std::get_if<std::string>(&data_)) return text;
    if (const auto* quoted = std::get_if<Quoted>(&data_)) return &quoted->text;
    const auto* folded = std::get_if<Folded>(&data_);
    return folded == nullptr ? nullptr : &folded->text;
  }
  [[nodiscard]] const List* as_list() const;
  [[nodiscard]] const Map* as_map() const;

  // A member of a map, or an element by a chain of keys; nullptr where any step is absent or not a
  // map.
  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] const Value* find_path(std::initializer_list<std::string_view> keys) const;
  // The string at a chain of keys; "" where absent or not a string.
  [[nodiscard]] std::string string_at(std::initializer_list<std::string_view> keys) const;
  // Integers (also written as doubles without fraction); nullopt where absent.
  [[nodiscard]] std::optional<int64_t> integer_at(
      std::initializer_list<std::string_view> keys) const;
  [[nodiscard]] bool bool_at(std::initializer_list<std::string_view> keys) const;

  // Writing copies a shared list or map first. A value of another type is replaced by an empty list
  // or map.
  [[nodiscard]] List& mutable_list();
  [[nodiscard]] Map& mutable_map();
  // Sets a member; returns it.
  Value& set(std::string_view key, Value value);
  // Sets the value at a chain of keys, making the maps on the way.
  void set_path(std::initializer_list<std::string_view> keys, Value value);
  // Removes a member if it is there.
  bool erase(std::string_view key);
  bool erase_path(std::initializer_list<std::string_view> keys);

  // Structural equality. An integer and a number are equal when they denote the same number.
  friend bool operator==(const Value& a, const Value& b);

 private:
  struct Quoted {
    std::string text;
  };
  struct Folded {
    std::string text;
  };
  struct Blank {};

  // In the order of Type; how a value was written comes last.
  std::variant<std::nullptr_t, bool, int64_t, double, std::string, std::shared_ptr<List>,
               std::shared_ptr<Map>, Quoted, Folded, Blank>
      data_;
};

struct Member {
  std::string key;
  Value value;

  friend bool operator==(const Member&, const Member&);
};

class Map {
 public:
  using const_iterator = std::vector<Member>::const_iterator;

  Map() = default;
  // Takes members in any order; of equal keys the last one wins (parsers that must refuse
  // duplicates check first).
  explicit Map(std::vector<Member> members);

  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] Value* find(std::string_view key);
  [[nodiscard]] bool contains(std::string_view key) const { return find(key) != nullptr; }
  Value& set(std::string_view key, Value value);
  bool erase(std::string_view key);

  [[nodiscard]] size_t size() const { return members_.size(); }
  [[nodiscard]] bool empty() const { return members_.empty(); }
  [[nodiscard]] const_iterator begin() const { return members_.begin(); }
  [[nodiscard]] const_iterator end() const { return members_.end(); }

  friend bool operator==(const Map&, const Map&) = default;

 private:
  std::vector<Member> members_;  // sorted by key, unique
};

[[nodiscard]] const char* to_string(Value::Type type);  // "string", "map", … for messages

}  // namespace plumb
