// The difference of two objects, field by field, as people read it. Pure; recursion is bounded by
// the depth limit of the parsers that made the values.
//
// Members of lists are matched by their "name" where every member has one of its own, else by
// index: an inserted container is one added field. Values of Secrets never leave this function:
// they become "*** (before)" and "*** (after)".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lang/value/value.h"

namespace plumb {

struct FieldChange {
  std::string path;  // "spec.template.spec.containers[web].image"; "" for the whole object
  std::optional<Value> before;
  std::optional<Value> after;
  // Where it stands in each of the two: map keys and list indexes.
  std::vector<std::string> before_at = {};
  std::vector<std::string> after_at = {};
};

// The object without what the server keeps for itself: status, managedFields, uid, resourceVersion,
// generation, creationTimestamp.
[[nodiscard]] Value without_server_fields(Value object);

// `before` is null for an object that is created, `after` null for one that is deleted.
[[nodiscard]] std::vector<FieldChange> field_diff(const Value& before, const Value& after);

// A copy with the values of a Secret replaced by `mask`; other kinds are returned as they are.
[[nodiscard]] Value masked(const Value& object, const std::string& mask);

}  // namespace plumb
