#include "model/substitution.h"

namespace plumb {

Redaction redaction_of(const Substitution& substitution) {
  Redaction out;
  for (const std::string& name : substitution.secret) {
    const auto at = substitution.variables.find(name);
    if (at != substitution.variables.end()) out.add(at->second);
  }
  return out;
}

const char* to_string(VariableSource::Kind kind) {
  return kind == VariableSource::Kind::secret ? "Secret" : "ConfigMap";
}

}  // namespace plumb
