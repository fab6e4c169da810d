#include "core/render/kustomize/merge_lists.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "core/render/kustomize/scalar_text.h"
#include "core/render/kustomize/strategic_merge.h"

namespace plumb::rendering::kustomize {
namespace {

bool is_empty_map(const Value& value) {
  return value.is_map() && value.as_map()->empty();
}

// The text of a node: a null has one, where it was written.
std::string node_text(const Value& value) {
  if (value.is_null()) return value.is_blank() ? "" : "null";
  return scalar_text(value);
}

// A null is no key.
std::string key_text(const Value& element, const std::string& key) {
  const Value* const found = element.find(key);
  return found == nullptr ? std::string() : scalar_text(*found);
}

// Whether an element has the key with this text; for "", whether it has the key at all.
Result<bool> has_key(const Value& element, const std::string& key, const std::string& text) {
  if (key.empty()) {
    if (element.is_map() || element.is_list()) {
      return Error(kPatchShape, "a list of scalars has a map or a list in it");
    }
    return node_text(element) == text;
  }
  if (!element.is_map()) return Error(kPatchShape, "a list of maps has something else in it");
  const Value* const found = element.find(key);
  return found != nullptr && (text.empty() || node_text(*found) == text);
}

// A key without a value counts as the one before it did.
Result<bool> is_element(const Value& element, const Keys& keys, const Tuple& values) {
  bool has = false;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i < values.size()) has = TRY(has_key(element, keys[i], values[i]));
    if (!has) return false;
  }
  return true;
}

std::optional<Tuple> fuller(const Tuple& a, const Tuple& b) {
  if (a.size() != b.size()) return std::nullopt;
  bool shares = false;
  Tuple out;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == b[i]) {
      shares = true;
    } else if (!a[i].empty() && !b[i].empty()) {
      return std::nullopt;
    }
    out.push_back(a[i].empty() ? b[i] : a[i]);
  }
  if (!shares) return std::nullopt;
  return out;
}

std::string joined(const Tuple& tuple) {
  std::string out;
  for (const std::string& value : tuple) {
    out += std::to_string(value.size());
    out += ':';
    out += value;
  }
  return out;
}

template <class Take>
std::vector<Tuple> collect(std::span<const Value* const> lists, const Take& take) {
  std::vector<Tuple> out;
  std::unordered_set<std::string> seen;
  for (const Value* list : lists) {
    if (list == nullptr || !list->is_list()) continue;
    for (const Value& element : *list->as_list()) {
      Tuple tuple = take(element);
      if (seen.insert(joined(tuple)).second) out.push_back(std::move(tuple));
    }
  }
  return out;
}

}  // namespace

std::vector<Tuple> keys_of_elements(std::span<const Value* const> lists, const Keys& keys) {
  return collect(lists, [&keys](const Value& element) {
    Tuple tuple;
    for (const std::string& key : keys) tuple.push_back(key_text(element, key));
    return tuple;
  });
}

std::vector<Tuple> texts_of_elements(std::span<const Value* const> lists) {
  return collect(lists, [](const Value& element) { return Tuple{node_text(element)}; });
}

void fill_in(std::vector<Tuple>& tuples) {
  for (size_t i = 0; i < tuples.size(); ++i) {
    for (size_t j = 0; j < tuples.size(); ++j) {
      if (i == j) continue;
      std::optional<Tuple> both = fuller(tuples[i], tuples[j]);
      if (!both) continue;
      tuples[i] = *both;
      tuples[j] = *std::move(both);
    }
  }
}

KeyedTuple keys_with_values(const std::vector<Tuple>& tuples, const Tuple& values,
                            const Keys& keys) {
  std::vector<bool> valid(keys.size(), false);
  for (const Tuple& tuple : tuples) {
    for (size_t i = 0; i < tuple.size(); ++i) valid[i] = valid[i] || !tuple[i].empty();
  }
  if (std::find(valid.begin(), valid.end(), true) == valid.end()) return {keys, values};
  KeyedTuple out;
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!valid[i]) continue;
    out.keys.push_back(keys[i]);
    out.values.push_back(values[i]);
  }
  return out;
}

std::optional<size_t> find_element(const List& list, const KeyedTuple& place) {
  const auto is_it = [&place](const Value& element) {
    if (place.keys.front().empty()) return node_text(element) == place.values.front();
    if (!element.is_map()) return false;
    for (size_t i = 0; i < place.keys.size(); ++i) {
      const Value* const found = element.find(place.keys[i]);
      if (found == nullptr || node_text(*found) != place.values[i]) return false;
    }
    return true;
  };
  const auto at = std::find_if(list.begin(), list.end(), is_it);
  if (at == list.end()) return std::nullopt;
  return static_cast<size_t>(at - list.begin());
}

Result<void> set_element(List& list, const Value* element, const Keys& keys, const Tuple& values) {
  const bool sets_map = !keys.front().empty() && !values.empty() && !values.front().empty();
  List out;
  out.reserve(list.size() + 1);
  bool found = false;
  for (Value& old : list) {
    if (old.is_null() || is_empty_map(old)) continue;
    if (sets_map && !old.is_map()) {
      out.push_back(std::move(old));
      continue;
    }
    if (!TRY(is_element(old, keys, values))) {
      if (!values.empty()) out.push_back(std::move(old));
      continue;
    }
    found = true;
    if (element != nullptr) out.push_back(*element);
  }
  list = std::move(out);
  if (element != nullptr && !element->is_null() && !found) list.push_back(*element);
  return {};
}

Result<void> append_elements(List& to, const List& elements, const Keys& keys) {
  for (const Value& element : elements) {
    Tuple values;
    if (keys.front().empty()) {
      values.push_back(node_text(element));
      TRY(set_element(to, &element, keys, values));
      continue;
    }
    for (const std::string& key : keys) {
      if (!element.is_map() && !element.is_null()) {
        return Error(kPatchShape, "a list of maps has something else in it");
      }
      const Value* const found = element.find(key);
      if (found == nullptr) {
        to.push_back(element);
      } else {
        values.push_back(node_text(*found));
      }
    }
    if (keys.size() > 1) TRY(set_element(to, nullptr, keys, values));
    TRY(set_element(to, &element, keys, values));
  }
  return {};
}

}  // namespace plumb::rendering::kustomize
