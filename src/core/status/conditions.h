// Conditions of one status: set by type, with lastTransitionTime moving only when the status does
// (metav1.Condition).
#pragma once

#include <string>
#include <vector>

#include "model/status.h"

namespace plumb {

class ConditionSet {
 public:
  ConditionSet(const std::vector<Condition>& previous, int64_t generation, WallTime now)
      : previous_(previous), generation_(generation), now_(now) {}

  void set(std::string type, std::string status, std::string reason, std::string message);
  // The same, and its time begins anew: another revision is on its way.
  void restart(std::string type, std::string status, std::string reason, std::string message);
  // As it was, where there is one.
  void keep(std::string_view type);
  [[nodiscard]] std::vector<Condition> take() && { return std::move(conditions_); }

 private:
  const std::vector<Condition>& previous_;
  const int64_t generation_;
  const WallTime now_;
  std::vector<Condition> conditions_;
};

[[nodiscard]] const Condition* find_condition(const std::vector<Condition>& conditions,
                                              std::string_view type);
// Equal but for lastTransitionTime.
[[nodiscard]] bool same_conditions(const std::vector<Condition>& a,
                                   const std::vector<Condition>& b);

// "1 object", "3 objects".
[[nodiscard]] std::string counted(size_t number, std::string_view noun);

}  // namespace plumb
