#include <algorithm>
#include <map>

#include "core/audit/entries.h"

namespace plumb::audit {
namespace {

constexpr size_t kMostFields = 20;

struct Pair {
  std::string path;
  const Value* before;
  const Value* after;
};

// By name where every member of both lists has one of its own.
std::optional<std::map<std::string, const Value*>> by_name(const List& list) {
  std::map<std::string, const Value*> out;
  for (const Value& item : list) {
    const std::string name = item.string_at({"name"});
    if (name.empty() || !out.emplace(name, &item).second) return std::nullopt;
  }
  return out;
}

void open_lists(const Pair& pair, std::vector<Pair>& out) {
  const List& before = *pair.before->as_list();
  const List& after = *pair.after->as_list();
  const auto old_names = by_name(before);
  const auto new_names = by_name(after);
  if (!old_names || !new_names) {
    for (size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
      out.push_back({pair.path + "[" + std::to_string(i) + "]",
                     i < before.size() ? &before[i] : nullptr,
                     i < after.size() ? &after[i] : nullptr});
    }
    return;
  }
  for (const auto& [name, value] : *old_names) {
    const auto now = new_names->find(name);
    out.push_back(
        {pair.path + "[" + name + "]", value, now == new_names->end() ? nullptr : now->second});
  }
  for (const auto& [name, value] : *new_names) {
    if (!old_names->contains(name)) out.push_back({pair.path + "[" + name + "]", nullptr, value});
  }
}

void open_maps(const Pair& pair, std::vector<Pair>& out) {
  const std::string prefix = pair.path.empty() ? "" : pair.path + ".";
  for (const Member& one : *pair.before->as_map()) {
    out.push_back({prefix + one.key, &one.value, pair.after->find(one.key)});
  }
  for (const Member& one : *pair.after->as_map()) {
    if (pair.before->find(one.key) == nullptr) {
      out.push_back({prefix + one.key, nullptr, &one.value});
    }
  }
}

}  // namespace

std::vector<std::string> changed_fields(const Value& before, const Value& after) {
  std::vector<std::string> out;
  std::vector<Pair> todo{{"", &before, &after}};
  while (!todo.empty() && out.size() < kMostFields) {
    const Pair pair = std::move(todo.back());
    todo.pop_back();
    const bool both = pair.before != nullptr && pair.after != nullptr;
    if (both && *pair.before == *pair.after) continue;
    std::vector<Pair> below;
    if (both && pair.before->is_map() && pair.after->is_map()) {
      open_maps(pair, below);
    } else if (both && pair.before->is_list() && pair.after->is_list()) {
      open_lists(pair, below);
    } else {
      out.push_back(pair.path);
    }
    todo.insert(todo.end(), below.rbegin(), below.rend());
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace plumb::audit
