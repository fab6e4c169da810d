// SpecFields: reads the members of one map of a custom resource and collects what is wrong with
// them. Internal to the decoders of this folder; borrows the map and the list of errors. Paths are
// for people: "spec.ref.branch".
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "core/spec/resources.h"

namespace plumb {

class SpecFields {
 public:
  SpecFields(const Value& map, std::string path, std::vector<Error>& errors)
      : map_(map), path_(std::move(path)), errors_(errors) {}

  void fail(std::string_view name, const std::string& what, const std::string& help) {
    errors_.push_back(Error(kInvalidResource, full(name) + " " + what).with_help(help));
  }

  std::string text(const char* name) {
    const Value* value = of_type(name, Value::Type::string);
    return value == nullptr ? std::string() : *value->as_string();
  }

  std::string required_text(const char* name, const char* example) {
    std::string value = text(name);
    if (value.empty() && find(name) == nullptr) {
      fail(name, "is missing", std::string("set it, for instance to ") + example);
    } else if (value.empty() && find(name)->is_string()) {
      fail(name, "is empty", std::string("set it, for instance to ") + example);
    }
    return value;
  }

  bool flag(const char* name, bool fallback) {
    const Value* value = of_type(name, Value::Type::boolean);
    return value == nullptr ? fallback : *value->as_bool();
  }

  Duration duration(const char* name, Duration fallback) {
    constexpr const char* kHelp = "use a duration like 5m; minimum 1s";
    const Value* value = find(name);
    if (value == nullptr) return fallback;
    const std::string* given = value->as_string();
    if (given == nullptr) {
      fail(name, std::string("is of type ") + to_string(value->type()), kHelp);
      return fallback;
    }
    const Result<Duration> parsed = parse_duration(*given);
    if (!parsed.has_value() || *parsed < kLeastInterval || *parsed > kMostInterval) {
      fail(name, "is " + quoted(*given), kHelp);
      return fallback;
    }
    return *parsed;
  }

  template <class Enum>
  Enum choice(const char* name, const std::vector<std::pair<const char*, Enum>>& choices,
              Enum fallback) {
    const Value* value = of_type(name, Value::Type::string);
    if (value == nullptr) return fallback;
    std::vector<std::string> names;
    for (const auto& [one, meaning] : choices) {
      if (*value->as_string() == one) return meaning;
      names.emplace_back(one);
    }
    fail(name, "is " + quoted(*value->as_string()), "use one of: " + join(names, ", "));
    return fallback;
  }

  // The member as a map; an empty one where it is absent or something else (an error).
  SpecFields map(const char* name) {
    static const Value kEmpty = Value::map();
    const Value* value = of_type(name, Value::Type::map);
    return {value == nullptr ? kEmpty : *value, full(name), errors_};
  }

  // The maps of a list, each with its place; another item is an error and left out.
  std::vector<SpecFields> maps(const char* name, const char* example) {
    std::vector<SpecFields> out;
    const List* items = list(name);
    for (size_t i = 0; items != nullptr && i < items->size(); ++i) {
      const std::string place = std::string(name) + "[" + std::to_string(i) + "]";
      if ((*items)[i].is_map()) {
        out.emplace_back((*items)[i], full(place), errors_);
      } else {
        fail(place, std::string("is of type ") + to_string((*items)[i].type()),
             std::string("write ") + example);
      }
    }
    return out;
  }

  std::vector<std::string> texts(const char* name) {
    std::vector<std::string> out;
    const List* items = list(name);
    for (size_t i = 0; items != nullptr && i < items->size(); ++i) {
      const std::string* text = (*items)[i].as_string();
      if (text != nullptr) {
        out.push_back(*text);
      } else {
        fail(std::string(name) + "[" + std::to_string(i) + "]",
             std::string("is of type ") + to_string((*items)[i].type()), "use the type string");
      }
    }
    return out;
  }

  const List* list(const char* name) {
    const Value* value = of_type(name, Value::Type::list);
    return value == nullptr ? nullptr : value->as_list();
  }

  // null counts as absent, as everywhere in Kubernetes.
  [[nodiscard]] const Value* find(std::string_view name) const {
    const Value* value = map_.find(name);
    return value == nullptr || value->is_null() ? nullptr : value;
  }

  void only(const std::vector<std::string>& known) {
    const Map* members = map_.as_map();
    if (members == nullptr) return;
    for (const Member& member : *members) {
      if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
      const std::string near = nearest(member.key, known);
      fail(escape_terminal(member.key), "is no field of this resource",
           near.empty() ? "use one of: " + join(known, ", ") : "did you mean \"" + near + "\"?");
    }
  }

  static std::string quoted(std::string_view text) {
    constexpr size_t kMost = 100;
    return "\"" + escape_terminal(text.substr(0, kMost)) + (text.size() > kMost ? "…" : "") + "\"";
  }

 private:
  [[nodiscard]] std::string full(std::string_view name) const {
    return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
  }

  const Value* of_type(const char* name, Value::Type type) {
    const Value* value = find(name);
    if (value == nullptr || value->type() == type) return value;
    fail(name, std::string("is of type ") + to_string(value->type()),
         std::string("use the type ") + to_string(type));
    return nullptr;
  }

  const Value& map_;
  const std::string path_;
  std::vector<Error>& errors_;
};

}  // namespace plumb
