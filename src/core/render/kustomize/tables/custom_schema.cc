#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>

#include "base/text.h"
#include "core/render/kustomize/tables/schema.h"

namespace plumb::rendering::kustomize {

// Fills a CustomSchema. A reference (also a chain of them) becomes the number of the definition at
// its end; what refers to nothing has no schema, as in the original.
class SchemaReader {
 public:
  SchemaReader(std::string file, CustomSchema::References references, Budget& budget)
      : file_(std::move(file)), references_(references), budget_(budget) {}

  Result<CustomSchema> read(const Value& swagger) {
    if (!swagger.is_map()) return bad("an OpenAPI document is a map");
    schema_.keys_.emplace_back();
    const Value* definitions = swagger.find("definitions");
    if (definitions != nullptr && !definitions->is_map())
      return bad("definitions have to be a map");
    if (definitions != nullptr) TRY(read_definitions(*definitions->as_map()));
    if (const Value* paths = swagger.find("paths"); paths != nullptr && paths->is_map())
      read_paths(*paths->as_map());
    for (const auto& [name, row] : kinds_) schema_.kinds_.push_back(row);
    schema_.document_ = std::make_unique<SchemaDocument>(
        SchemaDocument{schema_.keys_, schema_.types_, schema_.fields_, schema_.kinds_});
    return std::move(schema_);
  }

 private:
  using KindName = std::pair<std::string, std::string>;  // apiVersion, kind

  [[nodiscard]] Error bad(std::string what) const {
    Error error(kBadSchema, std::move(what));
    return error.at({file_, 0, 0});
  }

  Result<void> read_definitions(const Map& definitions) {
    for (const auto& [name, definition] : definitions) {
      definitions_.emplace(name, static_cast<int32_t>(schema_.types_.size()));
      schema_.types_.emplace_back();
      bodies_.emplace(name, &definition);
    }
    for (const auto& [name, definition] : definitions) {
      int32_t number = definitions_.at(name);
      TRY(fill(static_cast<size_t>(number), definition, 0));
      const Value* kinds = definition.find("x-kubernetes-group-version-kind");
      if (kinds == nullptr || !kinds->is_list()) continue;
      for (const Value& entry : *kinds->as_list()) kind_row(entry).type = number;
    }
    return {};
  }

  // A kind is in a namespace if a path says so.
  void read_paths(const Map& paths) {
    for (const auto& [path, methods] : paths) {
      const Value* kind = methods.find_path({"get", "x-kubernetes-group-version-kind"});
      if (kind == nullptr || !kind->is_map()) continue;
      SchemaKind& row = kind_row(*kind);
      if (path.find("namespaces/{namespace}") != std::string::npos) row.scope = Scope::namespaced;
      if (row.scope == Scope::unknown) row.scope = Scope::cluster;
    }
  }

  SchemaKind& kind_row(const Value& entry) {
    std::string group = entry.string_at({"group"});
    std::string version = entry.string_at({"version"});
    KindName name{group.empty() ? version : group + "/" + version, entry.string_at({"kind"})};
    auto [row, added] = kinds_.try_emplace(name);
    if (added) {
      row->second.api_version = keep(name.first);
      row->second.kind = keep(name.second);
    }
    return row->second;
  }

  std::string_view keep(std::string text) { return schema_.texts_.emplace_back(std::move(text)); }

  // The type that a schema stands for; -1 for a reference to nothing, or in a circle.
  Result<int32_t> number(const Value& schema, uint64_t depth) {
    const Value* target = &schema;
    std::string name;
    std::set<std::string> seen;
    while (const Value* reference = target->find("$ref")) {
      const std::string* text = reference->as_string();
      if (text == nullptr || !text->starts_with(kPrefix)) return -1;
      name = text->substr(kPrefix.size());
      auto body = bodies_.find(name);
      if (body == bodies_.end()) return builtin(name);
      if (!seen.insert(name).second) return -1;
      target = body->second;
    }
    if (!name.empty()) return definitions_.at(name);
    auto made = static_cast<int32_t>(schema_.types_.size());
    schema_.types_.emplace_back();
    TRY(fill(static_cast<size_t>(made), schema, depth + 1));
    return made;
  }

  [[nodiscard]] int32_t builtin(const std::string& name) const {
    if (references_ == CustomSchema::References::own) return -1;
    const auto names = builtin_schema().definitions;
    const auto found = std::lower_bound(names.begin(), names.end(), name);
    if (found == names.end() || *found != name) return -1;
    return kFirstBuiltin - 1 - static_cast<int32_t>(found - names.begin());
  }

  Result<void> fill(size_t type, const Value& schema, uint64_t depth) {
    TRY(budget_.check_depth(depth));
    TRY(budget_.spend_nodes());
    SchemaType row;
    if (const Value* properties = schema.find("properties");
        properties != nullptr && properties->is_map()) {
      std::vector<SchemaField> fields;
      for (const auto& [name, property] : *properties->as_map())
        fields.push_back({keep(name), TRY(number(property, depth))});
      row.first_field = static_cast<uint32_t>(schema_.fields_.size());
      row.field_count = static_cast<uint32_t>(fields.size());
      schema_.fields_.insert(schema_.fields_.end(), fields.begin(), fields.end());
    }
    if (const Value* values = schema.find("additionalProperties");
        values != nullptr && values->is_map())
      row.additional = TRY(number(*values, depth));
    const Value* items = schema.find("items");
    if (items != nullptr && items->is_map() && schema.string_at({"type"}) == "array")
      row.items = TRY(number(*items, depth));
    std::string strategies = "," + schema.string_at({"x-kubernetes-patch-strategy"}) + ",";
    row.merge = strategies.find(",merge,") != std::string::npos;
    if (row.merge) row.keys = TRY(keys(schema));
    schema_.types_[type] = row;
    return {};
  }

  Result<uint32_t> keys(const Value& schema) {
    SchemaKeys row;
    if (const Value* list = schema.find("x-kubernetes-list-map-keys");
        list != nullptr && list->is_list()) {
      if (list->as_list()->size() > row.names.size())
        return bad("more than 4 keys in x-kubernetes-list-map-keys");
      for (const Value& name : *list->as_list())
        row.names[row.count++] = keep(name.as_string() == nullptr ? "" : *name.as_string());
    } else if (std::string name = schema.string_at({"x-kubernetes-patch-merge-key"});
               !name.empty()) {
      row.names[row.count++] = keep(std::move(name));
    }
    if (row.count == 0) return 0U;
    schema_.keys_.push_back(row);
    return static_cast<uint32_t>(schema_.keys_.size() - 1);
  }

  static constexpr std::string_view kPrefix = "#/definitions/";

  std::string file_;
  CustomSchema::References references_;
  Budget& budget_;
  CustomSchema schema_;
  std::map<std::string, int32_t> definitions_;
  std::map<std::string, const Value*> bodies_;
  std::map<KindName, SchemaKind> kinds_;
};

Result<CustomSchema> CustomSchema::make(const Value& swagger, const std::string& file,
                                        References references, Budget& budget) {
  return SchemaReader(file, references, budget).read(swagger);
}

}  // namespace plumb::rendering::kustomize
