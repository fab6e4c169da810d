#include "cmd/cli/app_variables.h"

#include "base/text.h"
#include "cmd/cli/cluster_access.h"
#include "core/spec/resources.h"
#include "lang/json/json.h"

namespace plumb::cli {
namespace {

ApiResource resource_of(VariableSource::Kind kind) {
  if (kind == VariableSource::Kind::secret) return {{"", "v1", "Secret"}, "secrets", true};
  return {{"", "v1", "ConfigMap"}, "configmaps", true};
}

bool has_secret(const Value& value, const Redaction& secrets) {
  return secrets.touches(value.is_string() ? *value.as_string() : json::write(value));
}

// As deep as parsers allow. NOLINTNEXTLINE(misc-no-recursion)
Value hidden(const Value& value, const Redaction& secrets) {
  if (const List* list = value.as_list()) {
    List out;
    for (const Value& item : *list) out.push_back(hidden(item, secrets));
    return Value(std::move(out));
  }
  if (const Map* map = value.as_map()) {
    Value out = Value::map();
    for (const Member& member : *map) out.set(secrets(member.key), hidden(member.value, secrets));
    return out;
  }
  return has_secret(value, secrets) ? Value(std::string(kRedacted)) : value;
}

void hide(FieldChange& field, const Redaction& secrets) {
  const auto touched = [&secrets](const std::optional<Value>& value) {
    return value && !value->is_map() && !value->is_list() && has_secret(*value, secrets);
  };
  field.path = secrets(field.path);
  if (field.before && field.after && (touched(field.before) || touched(field.after))) {
    field.before = std::string(kRedacted) + " (before)";
    field.after = std::string(kRedacted) + " (after)";
    return;
  }
  for (std::optional<Value>* side : {&field.before, &field.after}) {
    if (*side) *side = hidden(**side, secrets);
  }
}

}  // namespace

Result<Substitution> read_variables(ClusterClient& client, const Value& app) {
  const AppSpec spec = TRY(decode_app(app));
  Substitution out{.variables = {}, .strict = spec.substitution.strict, .secret = {}};
  for (const VariableSource& source : spec.substitute_from) {
    const std::string kind = to_string(source.kind);
    const ObjectKey key{"", kind, spec.key.namespace_, source.name};
    const Result<Value> object = client.get(resource_of(source.kind), key);
    if (object) {
      TRY(add_variables(*object, source.kind, out));
    } else if (!source.optional || object.error().code() != kObjectNotFound) {
      return object.error()
          .while_doing("reading the variables of App " + spec.key.display())
          .with_help("without access to them: plumb render PATH --vars-file FILE");
    }
  }
  add_variables(spec.substitution, out);
  return out;
}

void hide_secrets(Comparison& comparison, const Redaction& secrets) {
  if (secrets.empty()) return;
  for (ObjectChange& change : comparison.changes) {
    change.reason = secrets(change.reason);
    if (change.error) change.error = secrets(*change.error);
    for (FieldChange& field : change.fields) hide(field, secrets);
  }
}

}  // namespace plumb::cli
