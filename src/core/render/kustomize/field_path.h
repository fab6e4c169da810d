// Field paths of replacements and vars: "spec.containers.[name=web].ports.0",
// "metadata.annotations. [example.com/x]", "spec.*.image". Behaviour of kyaml v0.21.1
// (utils.SmarterPathSplitter, yaml.PathGetter, yaml.PathMatcher). Pure.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/budget.h"
#include "base/result.h"
#include "lang/value/value.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kFieldPath{1037, "KustomizeFieldPath"};

// Parts of a path; "\." is a dot inside a part, brackets keep one together.
[[nodiscard]] std::vector<std::string> split_field_path(std::string_view path);

// The one field that a path names; nullptr where there is none.
[[nodiscard]] Result<const Value*> look_up(const Value& object,
                                           const std::vector<std::string>& path);

// What a field is made as where a path leads to none.
enum class Make { nothing, scalar, map, list };

// All fields that a path names; elements of lists are told by regular expressions here. Fields
// inside a text that is YAML or JSON are copies, which live as long as this.
class FieldMatcher {
 public:
  FieldMatcher(Make make, Budget& budget) : make_(make), budget_(budget) {}

  // Valid until the object is changed otherwise.
  [[nodiscard]] Result<std::vector<Value*>> match(Value& object,
                                                  const std::vector<std::string>& path);
  // Whether the field was made for this match: it has no type yet.
  [[nodiscard]] bool is_new(const Value* field) const;

 private:
  using Path = std::vector<std::string>;
  using Found = std::vector<Value*>;

  Result<void> walk(Value& at, const Path& path, size_t part, Found& found);
  Result<void> field(Value& at, const Path& path, size_t part, Found& found);
  Result<void> index(Value& at, const Path& path, size_t part, Found& found);
  Result<void> every(Value& at, const Path& path, size_t part, Found& found);
  Result<void> elements(Value& at, const Path& path, size_t part, Found& found);
  [[nodiscard]] Value made(const Path& path, size_t next) const;

  Make make_;
  Budget& budget_;
  std::deque<Value> copies_;
  std::vector<const Value*> made_;
};

}  // namespace plumb::rendering::kustomize
