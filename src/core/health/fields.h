// Reading an object's status: conditions and counts. Internal to core/health; pure, borrows the
// object.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "lang/value/value.h"
#include "model/health.h"

namespace plumb::health {

struct ConditionView {
  std::string status;  // "" when there is no such condition
  std::string reason;
  std::string message;

  [[nodiscard]] bool is_true() const { return status == "True"; }
  [[nodiscard]] bool is_false() const { return status == "False"; }
  // The message, else the reason, else `fallback`.
  [[nodiscard]] std::string text(std::string_view fallback) const;
};

// status.conditions[type]; of several of one type the last counts.
[[nodiscard]] ConditionView condition(const Value& object, std::string_view type);
// A list at a chain of keys; empty where absent.
[[nodiscard]] const List& list_at(const Value& object,
                                  std::initializer_list<std::string_view> keys);
[[nodiscard]] int64_t number(const Value& object, std::initializer_list<std::string_view> keys,
                             int64_t fallback);

[[nodiscard]] inline Health current(std::string message = {}) {
  return {HealthStatus::current, std::move(message)};
}
[[nodiscard]] inline Health in_progress(std::string message) {
  return {HealthStatus::in_progress, std::move(message)};
}
[[nodiscard]] inline Health failed(std::string message) {
  return {HealthStatus::failed, std::move(message)};
}
// "1 of 3 replicas ready".
[[nodiscard]] std::string portion(int64_t have, int64_t want, std::string_view what);

}  // namespace plumb::health
