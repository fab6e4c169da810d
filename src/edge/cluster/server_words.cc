#include "edge/cluster/server_words.h"

#include <array>
#include <utility>
#include <vector>

#include "base/text.h"

namespace plumb {
namespace {

// Up to and with ": ", when the text begins with one of them.
std::string_view without_openings(std::string_view text) {
  constexpr std::array kOpenings = {
      "failed to create typed patch object (", "failed to create typed live object (",
      "failed to create typed new object (",   "failed to convert new object (",
      "unable to convert unstructured object", "error decoding from json: ",
  };
  for (const char* opening : kOpenings) {
    if (!text.starts_with(opening)) continue;
    const size_t end = text.find(": ");
    if (end != std::string_view::npos) text = trim(text.substr(end + 2));
  }
  return text;
}

std::string_view expected_type(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kWords = {{
      {"string", "a string"},
      {"numeric (int or float)", "a number"},
      {"boolean", "true or false"},
      {"list", "a list"},
      {"map", "a map"},
  }};
  for (const auto& [server, plain] : kWords) {
    if (word == server) return plain;
  }
  return {};
}

// Go's print of the value: "string", "&{[a b]}", "&value.valueUnstructured{Value:1}". Its type
// only: the value itself stands in the manifest.
std::string_view found_type(std::string_view text) {
  if (const auto named = expected_type(text); !named.empty()) return named;
  for (const std::string_view opening : {"&value.valueUnstructured{Value:", "&{"}) {
    if (text.starts_with(opening)) text.remove_prefix(opening.size());
  }
  if (text.starts_with("map[")) return "a map";
  if (text.starts_with('[')) return "a list";
  if (text.starts_with('"')) return "a string";
  if (text.starts_with("true") || text.starts_with("false")) return "true or false";
  if (!text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'))) return "a number";
  return "something else";
}

// ".spec.replicas: expected numeric (int or float), got string"
std::string one_problem(std::string_view text) {
  text = trim(text);
  const size_t colon = text.find(": ");
  if (!text.starts_with('.') || colon == std::string_view::npos) return std::string(text);
  const std::string path(text.substr(1, colon - 1));
  const std::string_view rest = text.substr(colon + 2);
  if (rest == "field not declared in schema") return path + ": there is no such field";
  constexpr std::string_view kExpected = "expected ";
  const size_t got = rest.find(", got ");
  if (rest.starts_with(kExpected) && got != std::string_view::npos) {
    const auto wanted = expected_type(rest.substr(kExpected.size(), got - kExpected.size()));
    const auto found = found_type(rest.substr(got + 6));
    if (!wanted.empty())
      return path + ": expected " + std::string(wanted) + ", found " + std::string(found);
  }
  return path + ": " + std::string(rest);
}

}  // namespace

std::string plain_words(std::string_view server_message) {
  std::string_view text = without_openings(trim(server_message));
  if (text == "cannot convert float64 to int32" || text == "cannot convert float64 to int64")
    return "a number with a fraction stands where an integer is expected";
  if (text.starts_with("illegal base64 data")) return "a value is not base64";
  constexpr std::string_view kSeveral = "errors:";
  if (!text.starts_with(kSeveral)) return one_problem(text);
  text.remove_prefix(kSeveral.size());
  std::vector<std::string> problems;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    if (!line.empty()) problems.push_back(one_problem(line));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return join(problems, "; ");
}

}  // namespace plumb
