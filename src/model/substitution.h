// Substitution: the variables that are replaced in what a source renders to, and where an App takes
// them from. Values; those of `secret` variables came from a Secret and are told to nobody.
#pragma once

#include <map>
#include <set>
#include <string>

#include "base/redaction.h"

namespace plumb {

struct Substitution {
  std::map<std::string, std::string> variables = {};
  bool strict = false;                // a variable without value and default is an error
  std::set<std::string> secret = {};  // names

  friend bool operator==(const Substitution&, const Substitution&) = default;
};

// What takes the values of the secret variables out of texts.
[[nodiscard]] Redaction redaction_of(const Substitution& substitution);

// An object of the App's namespace whose data are variables (spec.postBuild.substituteFrom).
struct VariableSource {
  enum class Kind { config_map, secret };
  Kind kind = Kind::config_map;
  std::string name;
  bool optional = false;  // it need not exist
  friend bool operator==(const VariableSource&, const VariableSource&) = default;
};
[[nodiscard]] const char* to_string(VariableSource::Kind kind);  // "ConfigMap", "Secret"

}  // namespace plumb
