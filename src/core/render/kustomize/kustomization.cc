#include "core/render/kustomize/kustomization.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "core/render/kustomize/resource.h"

namespace plumb::rendering::kustomize {
namespace {

constexpr std::array kNames = {"kustomization.yaml", "kustomization.yml", "Kustomization"};

const std::vector<std::string>& known_fields() {
  static const std::vector<std::string> kFields = {"apiVersion",
                                                   "kind",
                                                   "metadata",
                                                   "openapi",
                                                   "namePrefix",
                                                   "nameSuffix",
                                                   "namespace",
                                                   "commonLabels",
                                                   "labels",
                                                   "commonAnnotations",
                                                   "patchesStrategicMerge",
                                                   "patchesJson6902",
                                                   "patches",
                                                   "images",
                                                   "imageTags",
                                                   "replacements",
                                                   "replicas",
                                                   "vars",
                                                   "sortOptions",
                                                   "resources",
                                                   "components",
                                                   "crds",
                                                   "bases",
                                                   "configMapGenerator",
                                                   "secretGenerator",
                                                   "helmGlobals",
                                                   "helmCharts",
                                                   "helmChartInflationGenerator",
                                                   "generatorOptions",
                                                   "configurations",
                                                   "generators",
                                                   "transformers",
                                                   "validators",
                                                   "buildMetadata"};
  return kFields;
}

}  // namespace

std::optional<TextMap> text_map_of(const Value* value) {
  TextMap out;
  if (value == nullptr || value->is_null()) return out;
  const Map* const map = value->as_map();
  if (map == nullptr) return std::nullopt;
  for (const Member& member : *map) {
    if (member.value.is_list() || member.value.is_map()) return std::nullopt;
    out.emplace_back(member.key, scalar_text(member.value));
  }
  return out;
}

std::optional<std::vector<std::string>> texts_of(const Value* value) {
  std::vector<std::string> out;
  if (value == nullptr || value->is_null()) return out;
  const List* const list = value->as_list();
  if (list == nullptr) return std::nullopt;
  for (const Value& item : *list) {
    if (item.is_list() || item.is_map()) return std::nullopt;
    out.push_back(scalar_text(item));
  }
  return out;
}

Result<Kustomization> Kustomization::load(const Loader& loader, Budget& budget) {
  std::vector<std::string> found;
  for (const char* name : kNames) {
    const auto kind = TRY(loader.kind(name));
    if (kind && *kind != EntryKind::directory) found.emplace_back(name);
  }
  const std::string folder = "\"" + escape_terminal(loader.folder().display()) + "\"";
  if (found.empty()) {
    return Error(kNoKustomization, "no kustomization.yaml in " + folder)
        .with_help("list files by their names, or write a kustomization.yaml there");
  }
  if (found.size() > 1) {
    return Error(kManyKustomizations, folder + " has " + join(found, " and "))
        .with_help("remove all but one");
  }
  const RelPath file = TRY(loader.find(found.front()));
  Kustomization out;
  out.file_ = file.str();
  std::vector<yaml::Document> documents =
      TRY(yaml::parse_all(TRY(loader.read(file, budget)), out.file_, budget));
  if (documents.size() > 1) {
    return Error(kBadKustomization, "a kustomization is one document; here are more")
        .at({out.file_, documents[1].line, 0});
  }
  if (!documents.empty()) out.document_ = std::move(documents.front());
  TRY(out.check());
  out.is_component_ = out.text("kind") == "Component";
  return out;
}

Result<void> Kustomization::check() const {
  const Map* const map = document_.value.as_map();
  if (map == nullptr)
    return Error(kBadKustomization, "the kustomization is empty").at({file_, 1, 0});
  bool empty = true;
  for (const Member& member : *map) {
    const std::vector<std::string>& known = known_fields();
    if (std::find(known.begin(), known.end(), member.key) == known.end()) {
      const std::string near = nearest(member.key, known);
      const Error error = invalid({member.key}, "a kustomization has no field \"" +
                                                    escape_terminal(shorten(member.key)) + "\"");
      return near.empty() ? error : error.with_help("did you mean \"" + near + "\"?");
    }
    const bool has_more = member.key != "apiVersion" && member.key != "kind";
    empty = empty && !(has_more && has(member.key));
  }
  if (empty) return invalid({}, "the kustomization is empty");
  const std::string kind = text("kind");
  if (!kind.empty() && kind != "Kustomization" && kind != "Component") {
    return invalid({"kind"}, "kind is not Kustomization or Component");
  }
  const std::string version = text("apiVersion");
  const std::string wanted =
      kind == "Component" ? "kustomize.config.k8s.io/v1alpha1" : "kustomize.config.k8s.io/v1beta1";
  if (!version.empty() && version != wanted) {
    return invalid({"apiVersion"}, "apiVersion is not " + wanted);
  }
  for (const char* field : {"helmCharts", "helmChartInflationGenerator"}) {
    if (has(field)) {
      return Error(kUnsupportedField, std::string(field) + " is not rendered by this version")
          .at(position({field}))
          .with_help("commit the output of `helm template` and list it under resources");
    }
  }
  return {};
}

Position Kustomization::position(const std::vector<std::string>& path) const {
  return {file_, document_.lines == nullptr ? 1 : document_.line_of(path), 0};
}

Error Kustomization::invalid(const std::vector<std::string>& path, const std::string& what) const {
  return Error(kBadKustomization, what).at(position(path));
}

bool Kustomization::has(std::string_view field) const {
  const Value* const value = find(field);
  if (value == nullptr || value->is_null()) return false;
  if (const List* list = value->as_list()) return !list->empty();
  if (const Map* map = value->as_map()) return !map->empty();
  return true;
}

std::string Kustomization::text(std::string_view field) const {
  const Value* const value = find(field);
  return value == nullptr ? "" : scalar_text(*value);
}

Result<std::vector<std::string>> Kustomization::texts(std::string_view field) const {
  auto out = texts_of(find(field));
  if (!out) return invalid({std::string(field)}, std::string(field) + " is not a list of texts");
  return *std::move(out);
}

Result<TextMap> Kustomization::text_map(std::string_view field) const {
  auto out = text_map_of(find(field));
  if (!out) return invalid({std::string(field)}, std::string(field) + " is not a map of texts");
  return *std::move(out);
}

Result<List> Kustomization::items(std::string_view field) const {
  const Value* const value = find(field);
  if (value == nullptr || value->is_null()) return List();
  const List* const list = value->as_list();
  if (list == nullptr) return invalid({std::string(field)}, std::string(field) + " is not a list");
  for (size_t i = 0; i < list->size(); ++i) {
    if ((*list)[i].is_map()) continue;
    return invalid({std::string(field), std::to_string(i)},
                   std::string(field) + "[" + std::to_string(i) + "] is not a map");
  }
  return *list;
}

}  // namespace plumb::rendering::kustomize
