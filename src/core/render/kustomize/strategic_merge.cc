#include "core/render/kustomize/strategic_merge.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.h"
#include "core/render/kustomize/merge_lists.h"
#include "core/render/kustomize/scalar_text.h"

namespace plumb::rendering::kustomize {
namespace {

constexpr std::string_view kDirective = "$patch";
using Schema = std::optional<SchemaNode>;

bool is_missing(const Value* value) {
  return value == nullptr || value->is_null();
}

// The original's nodes are pointers into the two trees, and what it does to them in passing shows
// later (a directive that was seen is gone). So these are pointers, too: into the object, or into
// the patch; each is looked up anew after a list or map may have moved.
struct Pair {
  Value* object = nullptr;
  Value* patch = nullptr;
};

// What becomes of a place: a value in one of the two trees, or nothing.
struct Outcome {
  Value* value = nullptr;
  bool keeps_null = false;  // an explicit null of the object stays

  [[nodiscard]] bool clears() const { return is_missing(value) && !keeps_null; }
};

enum class Directive { merge, replace, remove };

class Merge {
 public:
  Merge(const SchemaDocument& schema, Budget& budget) : schema_(schema), budget_(budget) {}

  Result<Outcome> walk(Pair at, Schema schema, size_t depth);

 private:
  Result<Outcome> maps(Pair at, const Schema& schema, size_t depth);
  Result<Outcome> lists(Pair at, const Schema& schema, size_t depth);
  Result<void> merge_elements(Pair at, std::vector<Tuple> tuples, const Keys& keys,
                              const Schema& schema, size_t depth);
  Result<Value*> merge_element(Pair at, const KeyedTuple& place, const Schema& schema,
                               size_t depth);
  Schema schema_for(const Pair& at, Schema schema) const;

  const SchemaDocument& schema_;
  Budget& budget_;
};

const char* kind_of(const Value& value) {
  if (value.is_map()) return "a map";
  return value.is_list() ? "a list" : "a scalar";
}

int rank(const Value& value) {
  if (value.is_map()) return 2;
  return value.is_list() ? 1 : 0;
}

// Removes the directive: who comes by again sees a plain map.
Result<Directive> take_directive_of_map(Value& patch) {
  const Value* const found = patch.find(kDirective);
  if (found == nullptr) return Directive::merge;
  const std::string text = scalar_text(*found);
  if (text != "delete" && text != "replace" && text != "merge") {
    return Error(kPatchShape,
                 "unknown directive \"$patch: " + escape_terminal(shorten(text)) + "\"")
        .with_help("it is one of replace, delete and merge");
  }
  patch.erase(kDirective);
  if (text == "delete") return Directive::remove;
  return text == "replace" ? Directive::replace : Directive::merge;
}

// An element that has nothing but the directive is meant for the whole list.
Result<Directive> take_directive_of_list(Value& patch) {
  const List& items = *patch.as_list();
  const auto item = std::find_if(items.begin(), items.end(), [](const Value& element) {
    return element.find(kDirective) != nullptr;
  });
  if (item == items.end() || item->as_map()->size() > 1) return Directive::merge;
  Value copy = *item;
  const std::string text = scalar_text(*copy.find(kDirective));
  const Directive directive = TRY(take_directive_of_map(copy));
  TRY(set_element(patch.mutable_list(), nullptr, {std::string(kDirective)}, {text}));
  return directive;
}

Result<Directive> take_directive(Value* patch) {
  if (patch == nullptr) return Directive::merge;
  if (patch->is_map()) return take_directive_of_map(*patch);
  if (patch->is_list()) return take_directive_of_list(*patch);
  return Error(kPatchShape, "a patch cannot be " + std::string(kind_of(*patch)) + " here");
}

// The object has nothing here: the patch is taken as it is.
Outcome added(Pair at) {
  const Result<Directive> directive = take_directive(at.patch);
  if (directive && *directive == Directive::remove) return {};
  if (at.patch == nullptr && at.object != nullptr && !at.object->is_blank()) {
    return {at.object, true};
  }
  return {at.patch};
}

Result<Outcome> decide(Pair at) {
  if (at.patch != nullptr && at.patch->is_null()) return Outcome{};
  switch (TRY(take_directive(at.patch))) {
    case Directive::remove:
      return Outcome{};
    case Directive::replace:
      return Outcome{at.patch};
    case Directive::merge:
      return Outcome{at.object};
  }
  return Outcome{};
}

// A scalar takes over how the field that it overrides was written: a number over "text" is text.
Value restyled(const Value& value, const Value& old) {
  if (value.is_map() || value.is_list() || value.is_null()) return value;
  if (old.is_quoted()) return old.with_text(scalar_text(value));
  return value.is_quoted() ? Value(*value.as_string()) : value;
}

// Each field that a merge comes by and that has no style yet gets quotes if YAML 1.1 would read
// another type.
bool lacks_quotes(const Value& value) {
  return value.is_string() && !value.is_quoted() && reads_otherwise(*value.as_string());
}

void set_field(Value& map, const std::string& key, const Outcome& outcome) {
  if (outcome.clears()) {
    map.erase(key);
    return;
  }
  const Value* const old = map.find(key);
  if (old != nullptr && old != outcome.value) {
    map.set(key, restyled(*outcome.value, *old));
  } else if (lacks_quotes(*outcome.value)) {
    map.set(key, Value::quoted(*outcome.value->as_string()));
  } else if (old == nullptr) {
    map.set(key, *outcome.value);
  }
}

std::vector<std::string> field_names(const Pair& at) {
  std::vector<std::string> names;
  for (const Value* side : {at.object, at.patch}) {
    if (side == nullptr || side->as_map() == nullptr) continue;
    for (const Member& member : *side->as_map()) names.push_back(member.key);
    if (at.object == at.patch) break;
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// Finding is not writing: what is absent is not copied for.
Value* member_of(Value* map, const std::string& key) {
  if (map == nullptr || map->find(key) == nullptr) return nullptr;
  return map->mutable_map().find(key);
}

Schema Merge::schema_for(const Pair& at, Schema schema) const {
  if (schema) return schema;
  for (const Value* side : {at.object, at.patch}) {
    if (side == nullptr || !side->is_map()) continue;
    const Value* const version = side->find("apiVersion");
    const Value* const kind = side->find("kind");
    if (version == nullptr || kind == nullptr) continue;
    Schema found = schema_of(schema_, scalar_text(*version), scalar_text(*kind));
    if (found) return found;
  }
  return std::nullopt;
}

Result<Outcome> Merge::walk(Pair at, Schema schema, size_t depth) {
  TRY(budget_.check_depth(depth));
  TRY(budget_.spend_steps());
  if (is_missing(at.object) && is_missing(at.patch)) return maps(at, schema, depth);
  schema = schema_for(at, schema);
  const Value& leader = is_missing(at.object) ? *at.patch : *at.object;
  for (const Value* side : {at.object, at.patch}) {
    if (!is_missing(side) && rank(*side) != rank(leader)) {
      return Error(kPatchShape, "the patch has " + std::string(kind_of(*side)) +
                                    " where the object has " + kind_of(leader));
    }
  }
  if (leader.is_map()) return maps(at, schema, depth);
  if (leader.is_list() && schema && schema->merges()) return lists(at, schema, depth);
  return Outcome{at.patch != nullptr ? at.patch : at.object};
}

Result<Outcome> Merge::maps(Pair at, const Schema& schema, size_t depth) {
  const Outcome outcome = is_missing(at.object) ? added(at) : TRY(decide(at));
  if (is_missing(outcome.value)) return outcome;
  at.object = outcome.value;
  for (const std::string& key : field_names(at)) {
    const Pair below{member_of(at.object, key), member_of(at.patch, key)};
    const Schema of_field = schema ? schema->field(key) : std::nullopt;
    auto merged = walk(below, of_field, depth + 1);
    if (!merged) {
      return merged.error().while_doing("merging field \"" + escape_terminal(shorten(key)) + "\"");
    }
    set_field(*at.object, key, *merged);
  }
  return outcome;
}

Result<Outcome> Merge::lists(Pair at, const Schema& schema, size_t depth) {
  const Outcome outcome = is_missing(at.object) ? Outcome{at.patch} : TRY(decide(at));
  if (outcome.value == nullptr) return outcome;
  at.object = outcome.value;
  Keys keys;
  for (std::string_view key : schema->merge_keys()) keys.emplace_back(key);
  const std::array<const Value*, 2> sides{at.patch, at.object};
  if (keys.empty()) {
    TRY(merge_elements(at, texts_of_elements(sides), {""}, schema, depth));
  } else {
    TRY(merge_elements(at, keys_of_elements(sides, keys), keys, schema, depth));
  }
  return outcome;
}

// The elements with these keys, merged; nullptr: there is to be none.
Result<Value*> Merge::merge_element(Pair at, const KeyedTuple& place, const Schema& schema,
                                    size_t depth) {
  const KeyedTuple used = keys_with_values({place.values}, place.values, place.keys);
  const auto element = [&used](Value* list) -> Value* {
    if (list == nullptr || !list->is_list()) return nullptr;
    const std::optional<size_t> index = find_element(*list->as_list(), used);
    return index ? &list->mutable_list()[*index] : nullptr;
  };
  const Pair below{element(at.object), element(at.patch)};
  const Outcome merged = TRY(walk(below, schema, depth + 1));
  if (is_missing(merged.value)) return nullptr;
  const Map* const map = merged.value->as_map();
  if (map != nullptr && map->empty()) return nullptr;
  for (size_t i = 0; map != nullptr && i < place.keys.size(); ++i) {
    if (merged.value->find(place.keys[i]) == nullptr && !place.values[i].empty()) {
      merged.value->set(place.keys[i], plain_scalar(place.values[i]));
    }
  }
  return merged.value;
}

Result<void> Merge::merge_elements(Pair at, std::vector<Tuple> tuples, const Keys& keys,
                                   const Schema& schema, size_t depth) {
  if (tuples.empty()) return {};
  if (keys.size() > 1) {
    TRY(budget_.spend_steps(tuples.size() * tuples.size()));
    fill_in(tuples);
  }
  const Schema of_elements = schema->elements();
  List merged;
  KeyedTuple place;
  for (const Tuple& tuple : tuples) {
    TRY(budget_.spend_steps(tuples.size() + at.object->as_list()->size()));
    place = keys_with_values(tuples, tuple, keys);
    const Value* const element = TRY(merge_element(at, place, of_elements, depth));
    if (element == nullptr) {
      TRY(set_element(at.object->mutable_list(), nullptr, place.keys, place.values));
    } else {
      const Value copy = *element;
      TRY(set_element(merged, &copy, place.keys, place.values));
    }
  }
  // The patch's come first; the object's take their place among them, or come after.
  TRY(append_elements(merged, *at.object->as_list(), place.keys));
  *at.object = Value(std::move(merged));
  return {};
}

}  // namespace

Result<std::optional<Value>> strategic_merge(Value object, Value patch,
                                             const SchemaDocument& schema, Budget& budget) {
  // A directive of the whole patch to replace changes nothing there: the object that was given in
  // is the one that is kept.
  const Outcome outcome = TRY(Merge(schema, budget).walk({&object, &patch}, std::nullopt, 1));
  if (is_missing(outcome.value)) return std::optional<Value>();
  const Map* const map = object.as_map();
  if (map == nullptr || map->empty()) return std::optional<Value>();
  return std::optional<Value>(std::move(object));
}

}  // namespace plumb::rendering::kustomize
