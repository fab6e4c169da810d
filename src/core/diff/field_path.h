// Paths of fields as people read them: "spec.template.spec.containers[web].image", and the leaves
// of an object, each with such a path. Pure; recursion is bounded by the depth limit of the parsers
// that made the values.
//
// Members of lists are told apart by their "name" where every member has one of its own, else by
// index; members of a list of scalars by their value, so that one put in front moves no other.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lang/value/value.h"

namespace plumb {

[[nodiscard]] std::string member_path(const std::string& parent, const std::string& key);
[[nodiscard]] std::string element_path(const std::string& list, const std::string& name);
// The names of the members of a list, or nothing where they do not identify them.
[[nodiscard]] std::optional<std::vector<std::string>> member_names(const List& list);

// A part without parts: a scalar, or an empty list or map.
struct Leaf {
  std::string path;
  std::string identity;          // the same field in another state of the object has the same
  std::vector<std::string> at;   // map keys and list indexes
  const Value* value = nullptr;  // borrowed from the object
};
[[nodiscard]] std::vector<Leaf> leaves_of(const Value& object);

}  // namespace plumb
