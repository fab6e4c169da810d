// Which fields of which objects an App leaves to others. Values.
#pragma once

#include <string>
#include <vector>

namespace plumb {

// RFC 6901, unescaped: {"spec", "replicas"} is "/spec/replicas".
using JsonPointer = std::vector<std::string>;

// What an object must be like for a rule to hold; a part that is empty fits all. The parts are
// regular expressions (RE2) that must fit the whole text, as in Flux; what Argo CD writes as exact
// names and globs is decoded to the same.
struct ObjectSelector {
  std::string group;
  std::string version;
  std::string kind;
  std::string name;
  std::string namespace_;
  friend bool operator==(const ObjectSelector&, const ObjectSelector&) = default;
};

// Fields that are left to others: by place, or because certain managers own them.
struct IgnoredFields {
  std::vector<JsonPointer> pointers;
  std::vector<std::string> managers;

  [[nodiscard]] bool empty() const { return pointers.empty() && managers.empty(); }
  friend bool operator==(const IgnoredFields&, const IgnoredFields&) = default;
};

// One rule of spec.ignore (Flux's kustomize-controller) or spec.ignoreDifferences (Argo CD).
struct IgnoreRule {
  ObjectSelector target;
  IgnoredFields fields;
  std::string place = {};  // "spec.ignore[0]"
  friend bool operator==(const IgnoreRule&, const IgnoreRule&) = default;
};

}  // namespace plumb
