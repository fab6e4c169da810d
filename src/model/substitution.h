// Substitution: the variables that are replaced in what a source renders to. A value; the variables
// are those that stand in the App itself, which is no place for secrets.
#pragma once

#include <map>
#include <string>

namespace plumb {

struct Substitution {
  std::map<std::string, std::string> variables = {};
  bool strict = false;  // a variable without value and default is an error

  friend bool operator==(const Substitution&, const Substitution&) = default;
};

}  // namespace plumb
