#include "core/render/kustomize/shape.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "base/text.h"

namespace plumb::rendering::kustomize {
namespace {

enum class Type { text, flag, integer, texts, text_map, object, objects, anything };

struct Field {
  std::string_view name;
  Type type = Type::text;
  std::span<const Field> fields = {};  // of an object
};

constexpr std::array kObjectMeta = {Field{"name"}, Field{"namespace"},
                                    Field{"labels", Type::text_map},
                                    Field{"annotations", Type::text_map}};
constexpr std::array kFieldSpec = {Field{"group"}, Field{"version"}, Field{"kind"}, Field{"path"},
                                   Field{"create", Type::flag}};
constexpr std::array kLabel = {
    Field{"pairs", Type::text_map}, Field{"includeSelectors", Type::flag},
    Field{"includeTemplates", Type::flag}, Field{"fields", Type::objects, kFieldSpec}};
constexpr std::array kSelector = {Field{"group"},        Field{"version"},
                                  Field{"kind"},         Field{"name"},
                                  Field{"namespace"},    Field{"annotationSelector"},
                                  Field{"labelSelector"}};
constexpr std::array kPatchOptions = {Field{"allowNameChange", Type::flag},
                                      Field{"allowKindChange", Type::flag}};
constexpr std::array kPatch = {Field{"path"}, Field{"patch"},
                               Field{"target", Type::object, kSelector},
                               Field{"options", Type::object, kPatchOptions}};
constexpr std::array kImage = {Field{"name"}, Field{"newName"}, Field{"tagSuffix"}, Field{"newTag"},
                               Field{"digest"}};
constexpr std::array kFieldOptions = {Field{"delimiter"}, Field{"index", Type::integer},
                                      Field{"encoding"}, Field{"create", Type::flag}};
constexpr std::array kSource = {Field{"group"},
                                Field{"version"},
                                Field{"kind"},
                                Field{"name"},
                                Field{"namespace"},
                                Field{"fieldPath"},
                                Field{"options", Type::object, kFieldOptions}};
constexpr std::array kTarget = {
    Field{"select", Type::object, kSelector}, Field{"reject", Type::objects, kSelector},
    Field{"fieldPaths", Type::texts}, Field{"options", Type::object, kFieldOptions}};
constexpr std::array kReplacement = {Field{"path"}, Field{"source", Type::object, kSource},
                                     Field{"targets", Type::objects, kTarget},
                                     Field{"sourceValue"}};
constexpr std::array kReplica = {Field{"name"}, Field{"count", Type::integer}};
constexpr std::array kVarObject = {Field{"apiVersion"}, Field{"group"}, Field{"version"},
                                   Field{"kind"},       Field{"name"},  Field{"namespace"}};
constexpr std::array kVarField = {Field{"fieldPath"}};
constexpr std::array kVar = {Field{"name"}, Field{"objref", Type::object, kVarObject},
                             Field{"fieldref", Type::object, kVarField}};
constexpr std::array kLegacySort = {Field{"orderFirst", Type::texts},
                                    Field{"orderLast", Type::texts}};
constexpr std::array kSort = {Field{"order"},
                              Field{"legacySortOptions", Type::object, kLegacySort}};
constexpr std::array kGeneratorOptions = {
    Field{"labels", Type::text_map}, Field{"annotations", Type::text_map},
    Field{"disableNameSuffixHash", Type::flag}, Field{"immutable", Type::flag}};
constexpr std::array kConfigMap = {Field{"namespace"},
                                   Field{"name"},
                                   Field{"behavior"},
                                   Field{"literals", Type::texts},
                                   Field{"files", Type::texts},
                                   Field{"envs", Type::texts},
                                   Field{"env"},
                                   Field{"options", Type::object, kGeneratorOptions}};
constexpr std::array kSecret = {Field{"namespace"},
                                Field{"name"},
                                Field{"behavior"},
                                Field{"literals", Type::texts},
                                Field{"files", Type::texts},
                                Field{"envs", Type::texts},
                                Field{"env"},
                                Field{"options", Type::object, kGeneratorOptions},
                                Field{"type"}};
constexpr std::array kKustomization = {Field{"apiVersion"},
                                       Field{"kind"},
                                       Field{"metadata", Type::object, kObjectMeta},
                                       Field{"openapi", Type::text_map},
                                       Field{"namePrefix"},
                                       Field{"nameSuffix"},
                                       Field{"namespace"},
                                       Field{"commonLabels", Type::text_map},
                                       Field{"labels", Type::objects, kLabel},
                                       Field{"commonAnnotations", Type::text_map},
                                       Field{"patchesStrategicMerge", Type::texts},
                                       Field{"patchesJson6902", Type::objects, kPatch},
                                       Field{"patches", Type::objects, kPatch},
                                       Field{"images", Type::objects, kImage},
                                       Field{"imageTags", Type::objects, kImage},
                                       Field{"replacements", Type::objects, kReplacement},
                                       Field{"replicas", Type::objects, kReplica},
                                       Field{"vars", Type::objects, kVar},
                                       Field{"sortOptions", Type::object, kSort},
                                       Field{"resources", Type::texts},
                                       Field{"components", Type::texts},
                                       Field{"crds", Type::texts},
                                       Field{"bases", Type::texts},
                                       Field{"configMapGenerator", Type::objects, kConfigMap},
                                       Field{"secretGenerator", Type::objects, kSecret},
                                       Field{"helmGlobals", Type::anything},
                                       Field{"helmCharts", Type::anything},
                                       Field{"helmChartInflationGenerator", Type::anything},
                                       Field{"generatorOptions", Type::object, kGeneratorOptions},
                                       Field{"configurations", Type::texts},
                                       Field{"generators", Type::texts},
                                       Field{"transformers", Type::texts},
                                       Field{"validators", Type::texts},
                                       Field{"buildMetadata", Type::texts}};

constexpr std::array kReferences = {Field{"group"}, Field{"version"}, Field{"kind"},
                                    Field{"fieldSpecs", Type::objects, kFieldSpec}};
constexpr std::array kConfiguration = {Field{"namePrefix", Type::objects, kFieldSpec},
                                       Field{"nameSuffix", Type::objects, kFieldSpec},
                                       Field{"namespace", Type::objects, kFieldSpec},
                                       Field{"commonLabels", Type::objects, kFieldSpec},
                                       Field{"labels", Type::objects, kFieldSpec},
                                       Field{"templateLabels", Type::objects, kFieldSpec},
                                       Field{"commonAnnotations", Type::objects, kFieldSpec},
                                       Field{"nameReference", Type::objects, kReferences},
                                       Field{"varReference", Type::objects, kFieldSpec},
                                       Field{"images", Type::objects, kFieldSpec},
                                       Field{"replicas", Type::objects, kFieldSpec}};

const char* words(Type type) {
  switch (type) {
    case Type::text:
      return "a text";
    case Type::flag:
      return "true or false";
    case Type::integer:
      return "an integer";
    case Type::texts:
      return "a list of texts";
    case Type::text_map:
      return "a map of texts";
    case Type::object:
      return "a map";
    case Type::objects:
      return "a list of maps";
    case Type::anything:
      break;
  }
  return "a value";
}

bool is_text(const Value& value) {
  return value.is_string() || value.is_null();
}

bool is_of(const Value& value, Type type) {
  const List* const list = value.as_list();
  const Map* const map = value.as_map();
  switch (type) {
    case Type::text:
      return value.is_string();
    case Type::flag:
      return value.as_bool() != nullptr;
    case Type::integer:
      return value.as_integer() != nullptr;
    case Type::texts:
      return list != nullptr && std::all_of(list->begin(), list->end(), is_text);
    case Type::text_map:
      return map != nullptr && std::all_of(map->begin(), map->end(), [](const Member& member) {
               return is_text(member.value);
             });
    case Type::object:
      return map != nullptr;
    case Type::objects:
      return list != nullptr && std::all_of(list->begin(), list->end(), [](const Value& item) {
               return item.is_map() || item.is_null();
             });
    case Type::anything:
      break;
  }
  return true;
}

const Field* find_field(std::span<const Field> fields, const std::string& name) {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  for (const Field& field : fields) {
    if (to_lower(field.name) == to_lower(name)) return &field;
  }
  return nullptr;
}

class Check {
 public:
  explicit Check(const FieldError& error) : error_(error) {}

  // As deep as the tables are.
  Result<Value> object(const Value& value, std::span<const Field> fields) {
    Value out = Value::map();
    for (const Member& member : *value.as_map()) {
      path_.push_back(member.key);
      const Field* const field = find_field(fields, member.key);
      if (field == nullptr) return unknown(member.key, fields);
      if (!member.value.is_null() && !is_of(member.value, field->type)) {
        point_at_culprit(member.value, field->type);
        return error_(path_, std::string(field->name) + " has to be " + words(field->type));
      }
      const bool is_exact = field->name == member.key;
      Value checked = TRY(this->value(member.value, *field));
      if (is_exact || out.find(field->name) == nullptr) out.set(field->name, std::move(checked));
      path_.pop_back();
    }
    return out;
  }

 private:
  // Into a list or map that is of the right type but for one element.
  void point_at_culprit(const Value& value, Type type) {
    const bool texts = type == Type::texts || type == Type::text_map;
    const auto fits = [&](const Value& item) {
      return texts ? is_text(item) : item.is_map() || item.is_null();
    };
    if (const List* list = value.as_list(); list != nullptr && type != Type::text_map) {
      const auto found = std::find_if_not(list->begin(), list->end(), fits);
      if (found != list->end()) path_.push_back(std::to_string(found - list->begin()));
    } else if (const Map* map = value.as_map(); map != nullptr && type == Type::text_map) {
      const auto found = std::find_if_not(map->begin(), map->end(),
                                          [&](const Member& member) { return fits(member.value); });
      if (found != map->end()) path_.push_back(found->key);
    }
  }

  Result<Value> value(const Value& value, const Field& field) {
    if (value.is_null()) return value;
    if (field.type == Type::object) return object(value, field.fields);
    if (field.type != Type::objects) return value;
    List out;
    for (const Value& item : *value.as_list()) {
      path_.push_back(std::to_string(out.size()));
      out.push_back(item.is_null() ? Value::map() : TRY(object(item, field.fields)));
      path_.pop_back();
    }
    return Value(std::move(out));
  }

  Error unknown(const std::string& name, std::span<const Field> fields) const {
    std::vector<std::string> known;
    for (const Field& field : fields) known.emplace_back(field.name);
    const std::string near = nearest(name, known);
    const std::string where = path_.size() == 1 ? "there is" : path_.front() + " has";
    const Error error =
        error_(path_, where + " no field \"" + escape_terminal(shorten(name)) + "\"");
    return near.empty() ? error : error.with_help("did you mean \"" + near + "\"?");
  }

  const FieldError& error_;
  std::vector<std::string> path_ = {};
};

}  // namespace

Result<Value> checked_kustomization(const Value& value, const FieldError& error) {
  return Check(error).object(value, kKustomization);
}

Result<Value> checked_configuration(const Value& value, const FieldError& error) {
  return Check(error).object(value, kConfiguration);
}

}  // namespace plumb::rendering::kustomize
