// Lists whose elements are told apart by keys, as strategic merge sees them: finding, setting and
// removing elements, and the keys that a list's elements have. The texts of keys are compared, not
// their types. Taken over with its oddities from kyaml v0.21.1 (ElementSetter, ElementMatcher,
// walk/associative_sequence.go), whose results depend on them. The key "" stands for the element
// itself: lists of scalars. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "lang/value/value.h"

namespace plumb::rendering::kustomize {

using Keys = std::vector<std::string>;
using Tuple = std::vector<std::string>;  // the values of the keys; "" for none

struct KeyedTuple {
  Keys keys;
  Tuple values;
};

// Of all elements of all lists, each once, in order.
[[nodiscard]] std::vector<Tuple> keys_of_elements(std::span<const Value* const> lists,
                                                  const Keys& keys);
[[nodiscard]] std::vector<Tuple> texts_of_elements(std::span<const Value* const> lists);

// Where two tuples differ only in what one of them lacks, both become the fuller one.
void fill_in(std::vector<Tuple>& tuples);

// Without the keys that no tuple has a value for.
[[nodiscard]] KeyedTuple keys_with_values(const std::vector<Tuple>& tuples, const Tuple& values,
                                          const Keys& keys);

[[nodiscard]] std::optional<size_t> find_element(const List& list, const KeyedTuple& place);

// Replaces the elements with these keys, appends where there is none, removes them for nullptr.
[[nodiscard]] Result<void> set_element(List& list, const Value* element, const Keys& keys,
                                       const Tuple& values);

// Each element to where its keys are in the list, or to its end.
[[nodiscard]] Result<void> append_elements(List& to, const List& elements, const Keys& keys);

}  // namespace plumb::rendering::kustomize
