#include "core/trust/policy/policy_fields.h"

#include <algorithm>

namespace plumb::trust {
namespace {

const Value& empty_map() {
  static const Value kEmpty = Value::map();
  return kEmpty;
}

bool is_index(const std::string& part) {
  return !part.empty() && part.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

std::string shown(const FieldPath& path) {
  std::string out;
  for (const std::string& part : path) {
    if (is_index(part)) {
      out += "[" + part + "]";
    } else {
      out += (out.empty() ? "" : ".") + escape_terminal(shorten(part));
    }
  }
  return out;
}

void PolicyFields::fail(const FieldPath& below, const std::string& what, const std::string& help,
                        ErrorCode code) const {
  fail(below, Error(code, what, Retry::denied).with_help(help));
}

void PolicyFields::fail(const FieldPath& below, const Error& error) const {
  FieldPath at = path_;
  at.insert(at.end(), below.begin(), below.end());
  Error told(error.code(), shown(at) + ": " + error.message(), Retry::denied);
  if (!error.help().empty()) told = told.with_help(error.help());
  if (!text_.file.empty()) {
    told = told.at({text_.file, text_.lines == nullptr ? 0 : text_.lines->line_of(at)});
  }
  errors_.push_back(std::move(told));
}

const Value* PolicyFields::find(std::string_view name) const {
  const Value* value = map_.find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const Value* PolicyFields::of_type(const char* name, Value::Type type) const {
  const Value* value = find(name);
  if (value == nullptr || value->type() == type) return value;
  fail({name}, std::string("it is of type ") + plumb::to_string(value->type()),
       std::string("use the type ") + plumb::to_string(type));
  return nullptr;
}

std::string PolicyFields::text(const char* name) const {
  const Value* value = of_type(name, Value::Type::string);
  return value == nullptr ? std::string() : *value->as_string();
}

std::string PolicyFields::required_text(const char* name, const char* example) const {
  std::string value = text(name);
  if (value.empty() && (find(name) == nullptr || find(name)->is_string())) {
    fail({name}, find(name) == nullptr ? "it is missing" : "it is empty",
         std::string("set it, for instance to ") + example);
  }
  return value;
}

bool PolicyFields::flag(const char* name, bool fallback) const {
  const Value* value = of_type(name, Value::Type::boolean);
  return value == nullptr ? fallback : *value->as_bool();
}

int64_t PolicyFields::number(const char* name, int64_t fallback, int64_t least,
                             int64_t most) const {
  if (find(name) == nullptr) return fallback;
  const std::optional<int64_t> value = map_.integer_at({name});
  if (value && *value >= least && *value <= most) return *value;
  fail({name}, value ? "it is " + std::to_string(*value) : "it is no whole number",
       "use a number from " + std::to_string(least) + " to " + std::to_string(most));
  return fallback;
}

std::vector<std::string> PolicyFields::texts(const char* name) const {
  std::vector<std::string> out;
  const Value* value = of_type(name, Value::Type::list);
  if (value == nullptr) return out;
  for (size_t i = 0; i < value->as_list()->size(); ++i) {
    const std::string* one = (*value->as_list())[i].as_string();
    if (one != nullptr) {
      out.push_back(*one);
    } else {
      fail({name, std::to_string(i)}, "it is no text", "write a string");
      out.emplace_back();  // keeps the indexes right
    }
  }
  return out;
}

PolicyFields PolicyFields::map(const char* name) const {
  const Value* value = of_type(name, Value::Type::map);
  FieldPath path = path_;
  path.emplace_back(name);
  return {value == nullptr ? empty_map() : *value, std::move(path), text_, errors_};
}

std::vector<PolicyFields> PolicyFields::maps(const char* name) const {
  std::vector<PolicyFields> out;
  const Value* value = of_type(name, Value::Type::list);
  if (value == nullptr) return out;
  for (size_t i = 0; i < value->as_list()->size(); ++i) {
    const Value& one = (*value->as_list())[i];
    FieldPath path = path_;
    path.emplace_back(name);
    path.push_back(std::to_string(i));
    if (!one.is_map()) fail({name, std::to_string(i)}, "it is no map", "write name: value lines");
    out.emplace_back(one.is_map() ? one : empty_map(), std::move(path), text_, errors_);
  }
  return out;
}

std::string PolicyFields::choice(const char* name, const std::vector<std::string>& words) const {
  if (find(name) == nullptr) return words.front();
  std::string word = text(name);
  if (std::find(words.begin(), words.end(), word) != words.end()) return word;
  if (find(name)->is_string()) {
    fail({name}, "it is \"" + escape_terminal(shorten(word)) + "\"",
         "use one of: " + join(words, ", "));
  }
  return words.front();
}

void PolicyFields::only(const std::vector<std::string>& known) const {
  const Map* members = map_.as_map();
  if (members == nullptr) return;
  for (const Member& member : *members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    const std::string near = nearest(member.key, known);
    fail({member.key}, "there is no such field",
         near.empty() ? "use one of: " + join(known, ", ") : "did you mean \"" + near + "\"?");
  }
}

}  // namespace plumb::trust
