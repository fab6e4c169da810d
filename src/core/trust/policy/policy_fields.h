// PolicyFields: reads the members of one map of a policy and collects what is wrong with them, each
// with its line. Internal to this folder; borrows the value, the text and the list of errors.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "core/trust/policy/policy.h"

namespace plumb::trust {

using FieldPath = std::vector<std::string>;

[[nodiscard]] std::string shown(const FieldPath& path);  // "spec.rules[0].name"

class PolicyFields {
 public:
  PolicyFields(const Value& map, FieldPath path, const PolicyText& text, std::vector<Error>& errors)
      : map_(map), path_(std::move(path)), text_(text), errors_(errors) {}

  void fail(const FieldPath& below, const std::string& what, const std::string& help,
            ErrorCode code = kInvalidPolicy) const;
  // An error of a part, told with its place.
  void fail(const FieldPath& below, const Error& error) const;

  [[nodiscard]] std::string text(const char* name) const;
  [[nodiscard]] std::string required_text(const char* name, const char* example) const;
  [[nodiscard]] bool flag(const char* name, bool fallback) const;
  [[nodiscard]] int64_t number(const char* name, int64_t fallback, int64_t least,
                               int64_t most) const;
  [[nodiscard]] std::vector<std::string> texts(const char* name) const;
  [[nodiscard]] PolicyFields map(const char* name) const;
  [[nodiscard]] std::vector<PolicyFields> maps(const char* name) const;
  [[nodiscard]] bool has(const char* name) const { return find(name) != nullptr; }
  // One of the words; the first where the member is absent.
  [[nodiscard]] std::string choice(const char* name, const std::vector<std::string>& words) const;
  void only(const std::vector<std::string>& known) const;
  [[nodiscard]] const Value* find(std::string_view name) const;

 private:
  [[nodiscard]] const Value* of_type(const char* name, Value::Type type) const;

  const Value& map_;
  FieldPath path_;
  const PolicyText& text_;
  std::vector<Error>& errors_;
};

}  // namespace plumb::trust
