#include "core/status/conditions.h"

#include <algorithm>

namespace plumb {
namespace {

constexpr size_t kMaxMessage = 32 * 1024;  // metav1.Condition's limit

// Cut between characters: half of one is not UTF-8, and the server would refuse the status.
std::string shortened(std::string message) {
  if (message.size() <= kMaxMessage) return message;
  size_t end = kMaxMessage - 4;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0) == 0x80) --end;
  message.resize(end);
  return message + " …";
}

}  // namespace

const Condition* find_condition(const std::vector<Condition>& conditions, std::string_view type) {
  for (const Condition& condition : conditions) {
    if (condition.type == type) return &condition;
  }
  return nullptr;
}

void ConditionSet::set(std::string type, std::string status, std::string reason,
                       std::string message) {
  const Condition* before = find_condition(previous_, type);
  const bool same = before != nullptr && before->status == status;
  const WallTime since = same ? before->last_transition : now_;
  restart(std::move(type), std::move(status), std::move(reason), std::move(message));
  conditions_.back().last_transition = since;
}

void ConditionSet::restart(std::string type, std::string status, std::string reason,
                           std::string message) {
  conditions_.push_back({std::move(type), std::move(status), std::move(reason),
                         shortened(std::move(message)), now_, generation_});
}

void ConditionSet::keep(std::string_view type) {
  if (const Condition* before = find_condition(previous_, type)) conditions_.push_back(*before);
}

bool same_conditions(const std::vector<Condition>& a, const std::vector<Condition>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Condition& x, Condition y) {
    y.last_transition = x.last_transition;
    return x == y;
  });
}

std::string counted(size_t number, std::string_view noun) {
  return std::to_string(number) + " " + std::string(noun) + (number == 1 ? "" : "s");
}

}  // namespace plumb
