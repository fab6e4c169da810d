#include "core/status/conditions.h"

#include <algorithm>

namespace plumb {
namespace {

constexpr size_t kMaxMessage = 32 * 1024;  // metav1.Condition's limit

}  // namespace

const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type) {
  for (const Condition& condition : conditions) {
    if (condition.type == type) return &condition;
  }
  return nullptr;
}

void ConditionSet::set(std::string type, std::string status, std::string reason,
                       std::string message) {
  if (message.size() > kMaxMessage) message.resize(kMaxMessage);
  const Condition* before = find_condition(previous_, type);
  const WallTime since =
      before != nullptr && before->status == status ? before->last_transition : now_;
  conditions_.push_back({std::move(type), std::move(status), std::move(reason), std::move(message),
                         since, generation_});
}

bool same_conditions(const std::vector<Condition>& a, const std::vector<Condition>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Condition& x, Condition y) {
    y.last_transition = x.last_transition;
    return x == y;
  });
}

}  // namespace plumb
