#include "core/diff/field_path.h"

#include <algorithm>
#include <map>
#include <set>

#include "lang/json/json.h"

namespace plumb {
namespace {

bool plain_key(const std::string& key) {
  return !key.empty() && key.find_first_of(".[]\" /") == std::string::npos;
}

bool is_scalar(const Value& value) {
  return !value.is_list() && !value.is_map();
}

// As deep as the values, which the parsers limit.
// NOLINTBEGIN(misc-no-recursion)
class Leaves {
 public:
  void add(const Value& value, const std::string& path, const std::string& identity) {
    if (const Map* map = value.as_map(); map != nullptr && !map->empty()) {
      for (const Member& member : *map) {
        add_part(member.value, member.key, member_path(path, member.key),
                 identity + '\n' + json::write(Value(member.key)));
      }
    } else if (const List* list = value.as_list(); list != nullptr && !list->empty()) {
      add_list(*list, path, identity);
    } else {
      out_.push_back({path, identity, at_, &value});
    }
  }

  [[nodiscard]] std::vector<Leaf> take() { return std::move(out_); }

 private:
  void add_part(const Value& value, std::string part, const std::string& path,
                const std::string& identity) {
    at_.push_back(std::move(part));
    add(value, path, identity);
    at_.pop_back();
  }

  void add_list(const List& list, const std::string& path, const std::string& identity) {
    const auto names = member_names(list);
    const bool scalars = std::all_of(list.begin(), list.end(), is_scalar);
    std::map<std::string, int> seen;
    for (size_t i = 0; i < list.size(); ++i) {
      const std::string index = std::to_string(i);
      std::string own = index;
      if (names) own = "name " + (*names)[i];
      if (scalars) {
        const std::string text = json::write(list[i]);
        own = "value " + std::to_string(++seen[text]) + " " + text;
      }
      add_part(list[i], index, element_path(path, names ? (*names)[i] : index),
               identity + "\n[" + own);
    }
  }

  std::vector<std::string> at_;
  std::vector<Leaf> out_;
};
// NOLINTEND(misc-no-recursion)

}  // namespace

std::string member_path(const std::string& parent, const std::string& key) {
  if (!plain_key(key)) return parent + "[\"" + key + "\"]";
  return parent.empty() ? key : parent + "." + key;
}

std::string element_path(const std::string& list, const std::string& name) {
  return list + "[" + name + "]";
}

std::optional<std::vector<std::string>> member_names(const List& list) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const Value& item : list) {
    std::string name = item.string_at({"name"});
    if (name.empty() || !seen.insert(name).second) return std::nullopt;
    names.push_back(std::move(name));
  }
  return names;
}

std::vector<Leaf> leaves_of(const Value& object) {
  Leaves leaves;
  leaves.add(object, "", "");
  return leaves.take();
}

}  // namespace plumb
