#include "core/diff/field_diff.h"

#include <algorithm>
#include <set>

#include "core/diff/field_path.h"
#include "model/object.h"

namespace plumb {

namespace {

constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

// As deep as the values, which the parsers limit.
// NOLINTBEGIN(misc-no-recursion)
class Comparer {
 public:
  void compare(const std::string& path, const Value* before, const Value* after) {
    if (before == nullptr && after == nullptr) return;
    if (before == nullptr || after == nullptr) {
      changes_.push_back({path, before ? std::optional(*before) : std::nullopt,
                          after ? std::optional(*after) : std::nullopt, before_at_, after_at_});
    } else if (before->is_map() && after->is_map()) {
      compare_maps(path, *before->as_map(), *after->as_map());
    } else if (before->is_list() && after->is_list()) {
      compare_lists(path, *before->as_list(), *after->as_list());
    } else if (!(*before == *after)) {
      changes_.push_back({path, *before, *after, before_at_, after_at_});
    }
  }

  [[nodiscard]] std::vector<FieldChange> take() { return std::move(changes_); }

 private:
  void compare_maps(const std::string& path, const Map& before, const Map& after) {
    std::set<std::string> keys;
    for (const Member& member : before) keys.insert(member.key);
    for (const Member& member : after) keys.insert(member.key);
    for (const std::string& key : keys) {
      step(key, key, member_path(path, key), before.find(key), after.find(key));
    }
  }

  void step(std::string before_part, std::string after_part, const std::string& path,
            const Value* before, const Value* after) {
    before_at_.push_back(std::move(before_part));
    after_at_.push_back(std::move(after_part));
    compare(path, before, after);
    before_at_.pop_back();
    after_at_.pop_back();
  }

  void compare_lists(const std::string& path, const List& before, const List& after) {
    const auto old_names = member_names(before);
    const auto new_names = member_names(after);
    if (!old_names || !new_names) {
      for (size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
        const std::string index = std::to_string(i);
        step(index, index, element_path(path, index), i < before.size() ? &before[i] : nullptr,
             i < after.size() ? &after[i] : nullptr);
      }
      return;
    }
    const auto index_of = [](const std::vector<std::string>& names, const std::string& name) {
      return static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    };
    for (size_t i = 0; i < before.size(); ++i) {
      const size_t now = index_of(*new_names, (*old_names)[i]);
      step(std::to_string(i), std::to_string(now), element_path(path, (*old_names)[i]), &before[i],
           now < after.size() ? &after[now] : nullptr);
    }
    for (size_t i = 0; i < after.size(); ++i) {
      if (index_of(*old_names, (*new_names)[i]) < before.size()) continue;
      const std::string index = std::to_string(i);
      step(index, index, element_path(path, (*new_names)[i]), nullptr, &after[i]);
    }
  }

  std::vector<FieldChange> changes_;
  std::vector<std::string> before_at_;
  std::vector<std::string> after_at_;
};
// NOLINTEND(misc-no-recursion)

// The value of a changed field of a Secret, at `path`, without what is secret in it.
Value mask_change(const std::string& path, const Value& value, const std::string& mask) {
  if (path.empty()) return masked(value, mask);
  const bool is_values = path == "data" || path == "stringData";
  if (is_values && value.as_map() != nullptr) {
    Value out = value;
    for (const Member& member : *value.as_map()) out.set(member.key, mask);
    return out;
  }
  const bool secret = is_values || path.starts_with("data.") || path.starts_with("data[") ||
                      path.starts_with("stringData.") || path.starts_with("stringData[") ||
                      path.find(kLastApplied) != std::string::npos;
  if (secret) return mask;
  if (path == "metadata" || path == "metadata.annotations") {
    Value out = value;
    Value* annotations =
        path == "metadata" && out.is_map() ? out.mutable_map().find("annotations") : &out;
    if (annotations != nullptr && annotations->find(kLastApplied) != nullptr) {
      annotations->set(kLastApplied, mask);
    }
    return out;
  }
  return value;
}

}  // namespace

Value without_server_fields(Value object) {
  if (!object.is_map()) return object;
  object.erase("status");
  for (const char* field :
       {"managedFields", "uid", "resourceVersion", "generation", "creationTimestamp", "selfLink"}) {
    object.erase_path({"metadata", field});
  }
  return object;
}

Value masked(const Value& object, const std::string& mask) {
  if (!is_secret(key_of(object))) return object;
  Value out = object;
  for (const char* field : {"data", "stringData"}) {
    const Value* values = object.find(field);
    if (values == nullptr) continue;
    if (values->as_map() == nullptr) {
      out.set(field, mask);
      continue;
    }
    for (const Member& member : *values->as_map()) out.set_path({field, member.key}, mask);
  }
  if (!annotation_of(object, kLastApplied).empty()) {
    out.set_path({"metadata", "annotations", kLastApplied}, mask);
  }
  return out;
}

std::vector<FieldChange> field_diff(const Value& before, const Value& after) {
  const Value old_object = without_server_fields(before);
  const Value new_object = without_server_fields(after);
  Comparer comparison;
  comparison.compare("", old_object.is_null() ? nullptr : &old_object,
                     new_object.is_null() ? nullptr : &new_object);
  std::vector<FieldChange> changes = comparison.take();
  if (!is_secret(key_of(before.is_null() ? after : before))) return changes;
  for (FieldChange& change : changes) {
    const bool both = change.before && change.after;
    if (change.before) {
      change.before = mask_change(change.path, *change.before, both ? "*** (before)" : "***");
    }
    if (change.after) {
      change.after = mask_change(change.path, *change.after, both ? "*** (after)" : "***");
    }
  }
  return changes;
}

}  // namespace plumb
