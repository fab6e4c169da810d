#include "core/render/kustomize/configurations.h"

#include "base/text.h"
#include "core/render/kustomize/resource.h"
#include "core/render/kustomize/shape.h"

namespace plumb::rendering::kustomize {
namespace {

// The value in a file that a field of the kustomization names, with its lines.
Result<yaml::Document> load_document(const Kustomization& kustomization, std::string_view field,
                                     const std::string& path, const Loader& loader,
                                     Budget& budget) {
  const Position where = kustomization.position({std::string(field)});
  const Result<RelPath> file = loader.find(path);
  if (!file) return file.error().at(where);
  const Result<std::string> text = loader.read(*file, budget);
  if (!text) return text.error().position() ? text.error() : text.error().at(where);
  std::vector<yaml::Document> documents = TRY(yaml::parse_all(*text, loader.name(*file), budget));
  if (documents.empty() || !documents.front().value.is_map()) {
    return Error(kBadConfiguration, "this file of " + std::string(field) + " has to be a map")
        .at({loader.name(*file), 1, 0});
  }
  return std::move(documents.front());
}

struct NamedSpecs {
  std::string_view field;
  FieldSpecs TransformerConfig::* specs;
};
constexpr NamedSpecs kNamedSpecs[] = {{"namePrefix", &TransformerConfig::name_prefix},
                                      {"nameSuffix", &TransformerConfig::name_suffix},
                                      {"namespace", &TransformerConfig::name_space},
                                      {"commonLabels", &TransformerConfig::common_labels},
                                      {"labels", &TransformerConfig::labels},
                                      {"templateLabels", &TransformerConfig::template_labels},
                                      {"commonAnnotations", &TransformerConfig::common_annotations},
                                      {"varReference", &TransformerConfig::var_references},
                                      {"images", &TransformerConfig::images},
                                      {"replicas", &TransformerConfig::replicas}};

TransformerConfig config_of(const Value& value, SpecTexts& texts) {
  TransformerConfig out;
  for (const NamedSpecs& named : kNamedSpecs)
    out.*named.specs = texts.specs(value.find(named.field));
  const Value* const references = value.find("nameReference");
  if (references == nullptr || !references->is_list()) return out;
  for (const Value& reference : *references->as_list()) {
    out.name_references.push_back(
        {texts.spec(reference), texts.specs(reference.find("fieldSpecs"))});
  }
  return out;
}

// Definitions of types by their names, and what their extensions say of fields.
class Crds {
 public:
  Crds(const Value& definitions, SpecTexts& texts, Budget& budget)
      : definitions_(definitions), texts_(texts), budget_(budget) {}

  Result<TransformerConfig> read() {
    for (const Member& member : *definitions_.as_map()) {
      const Value* const properties = properties_of(member.key);
      if (properties == nullptr || properties->find("kind") == nullptr ||
          properties->find("apiVersion") == nullptr || properties->find("metadata") == nullptr) {
        continue;
      }
      kind_ = texts_.keep(member.key.substr(member.key.rfind('.') + 1));
      TRY(type(member.key, "", 1));
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] const Value* properties_of(const std::string& name) const {
    const Value* const definition = definitions_.find(name);
    if (definition == nullptr) return nullptr;
    for (const char* key : {"Schema", "schema"}) {
      if (const Value* const schema = definition->find(key)) return schema->find("properties");
    }
    return nullptr;
  }

  Result<void> type(const std::string& name, const std::string& path, uint64_t depth) {
    TRY(budget_.check_depth(depth));
    const Value* const properties = properties_of(name);
    if (properties == nullptr || !properties->is_map()) return {};
    for (const Member& member : *properties->as_map()) {
      TRY(budget_.spend_steps());
      const std::string here = path.empty() ? member.key : path + "/" + member.key;
      TRY(extensions(member.value, here));
      const std::string reference = member.value.string_at({"$ref"});
      if (!reference.empty()) TRY(type(reference, here, depth + 1));
    }
    return {};
  }

  Result<void> extensions(const Value& property, const std::string& path) {
    const auto is_text = [&](std::string_view name) {
      const Value* const found = property.find(name);
      return found != nullptr && found->is_string();
    };
    if (is_text("x-kubernetes-annotation")) TRY(add(out_.common_annotations, path));
    if (is_text("x-kubernetes-label-selector")) TRY(add(out_.common_labels, path));
    if (is_text("x-kubernetes-identity")) TRY(add(out_.name_prefix, path));
    if (!is_text("x-kubernetes-object-ref-api-version") ||
        !is_text("x-kubernetes-object-ref-kind")) {
      return {};
    }
    std::string key = "name";
    if (is_text("x-kubernetes-object-ref-name-key")) {
      key = property.string_at({"x-kubernetes-object-ref-name-key"});
    }
    TransformerConfig more;
    more.name_references.push_back(
        {{"", texts_.keep(property.string_at({"x-kubernetes-object-ref-api-version"})),
          texts_.keep(property.string_at({"x-kubernetes-object-ref-kind"})), "", false},
         {spec(path + "/" + key)}});
    return merge_config(out_, more);
  }

  FieldSpec spec(const std::string& path) { return {"", "", kind_, texts_.keep(path), false}; }
  Result<void> add(FieldSpecs& to, const std::string& path) {
    const FieldSpec one = spec(path);
    return merge_specs(to, std::span(&one, 1));
  }

  const Value& definitions_;
  SpecTexts& texts_;
  Budget& budget_;
  TransformerConfig out_;
  std::string_view kind_;
};

}  // namespace

FieldSpec SpecTexts::spec(const Value& value) {
  const auto text = [&](std::string_view field) -> std::string_view {
    const Value* const found = value.find(field);
    if (found == nullptr || found->is_null()) return "";
    return keep(scalar_text(*found));
  };
  return {text("group"), text("version"), text("kind"), text("path"), value.bool_at({"create"})};
}

FieldSpecs SpecTexts::specs(const Value* list) {
  FieldSpecs out;
  if (list == nullptr || !list->is_list()) return out;
  for (const Value& item : *list->as_list()) out.push_back(spec(item));
  return out;
}

Result<TransformerConfig> read_configurations(const Kustomization& kustomization,
                                              const Loader& loader, SpecTexts& texts,
                                              Budget& budget) {
  TransformerConfig out;
  for (const std::string& path : kustomization.texts("configurations")) {
    const yaml::Document document =
        TRY(load_document(kustomization, "configurations", path, loader, budget));
    const std::string file = loader.name(TRY(loader.find(path)));
    const Value value = TRY(checked_configuration(
        document.value, [&](const std::vector<std::string>& at, const std::string& what) {
          return Error(kBadConfiguration, what).at({file, document.line_of(at), 0});
        }));
    TransformerConfig more = config_of(value, texts);
    sort_config(more);
    TRY(merge_config(out, more));
  }
  return out;
}

Result<TransformerConfig> read_crds(const Kustomization& kustomization, const Loader& loader,
                                    SpecTexts& texts, Budget& budget) {
  TransformerConfig out;
  for (const std::string& path : kustomization.texts("crds")) {
    const yaml::Document document = TRY(load_document(kustomization, "crds", path, loader, budget));
    TRY(merge_config(out, TRY(Crds(document.value, texts, budget).read())));
  }
  return out;
}

}  // namespace plumb::rendering::kustomize
