// Label selectors: "app=web,tier in (a, b),!canary". Grammar and validation of apimachinery's
// labels package as kyaml v0.21.1 carries it (spaces, "==", "in", "notin", "exists", "<", ">";
// lists may have empty entries). A value.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace plumb::rendering::kustomize {

inline constexpr ErrorCode kBadLabelSelector{1031, "LabelSelectorInvalid"};

class LabelSelector {
 public:
  // "" selects everything.
  [[nodiscard]] static Result<LabelSelector> parse(std::string_view text);

  using Lookup = std::function<std::optional<std::string>(const std::string& key)>;
  [[nodiscard]] bool matches(const Lookup& label) const;

 private:
  friend class LabelSelectorParser;
  enum class Operator { in, not_in, exists, exists_not, greater, less };
  struct Requirement {
    std::string key;
    Operator op = Operator::exists;
    std::vector<std::string> values;
  };

  [[nodiscard]] static bool holds(const Requirement& requirement,
                                  const std::optional<std::string>& label);

  std::vector<Requirement> requirements_;
};

}  // namespace plumb::rendering::kustomize
