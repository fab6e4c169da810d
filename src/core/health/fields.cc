#include "core/health/fields.h"

namespace plumb::health {

std::string ConditionView::text(std::string_view fallback) const {
  if (!message.empty()) return message;
  return reason.empty() ? std::string(fallback) : reason;
}

ConditionView condition(const Value& object, std::string_view type) {
  ConditionView out;
  for (const Value& item : list_at(object, {"status", "conditions"})) {
    if (item.string_at({"type"}) != type) continue;
    out = {item.string_at({"status"}), item.string_at({"reason"}), item.string_at({"message"})};
  }
  return out;
}

const List& list_at(const Value& object, std::initializer_list<std::string_view> keys) {
  static const List kNone;  // never changed
  const Value* found = object.find_path(keys);
  const List* list = found == nullptr ? nullptr : found->as_list();
  return list == nullptr ? kNone : *list;
}

int64_t number(const Value& object, std::initializer_list<std::string_view> keys,
               int64_t fallback) {
  return object.integer_at(keys).value_or(fallback);
}

std::string portion(int64_t have, int64_t want, std::string_view what) {
  return std::to_string(have) + " of " + std::to_string(want) + " " + std::string(what);
}

}  // namespace plumb::health
