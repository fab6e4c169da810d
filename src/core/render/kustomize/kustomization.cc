#include "core/render/kustomize/kustomization.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "core/render/kustomize/resource.h"
#include "core/render/kustomize/shape.h"

namespace plumb::rendering::kustomize {
namespace {

constexpr std::array kNames = {"kustomization.yaml", "kustomization.yml", "Kustomization"};

// Moves the elements of one list to the end of another.
void move_items(Value& value, std::string_view from, std::string_view to) {
  const Value* const old = value.find(from);
  const List* const items = old == nullptr ? nullptr : old->as_list();
  if (items != nullptr) {
    const Value* const there = value.find(to);
    List all = there != nullptr && there->is_list() ? *there->as_list() : List();
    all.insert(all.end(), items->begin(), items->end());
    value.set(to, Value(std::move(all)));
  }
  value.erase(from);
}

// env: FILE of a generator is one more of its envs.
void plural_env(Value& value, std::string_view field) {
  const Value* const found = value.find(field);
  if (found == nullptr || !found->is_list()) return;
  List items = *found->as_list();
  for (Value& item : items) {
    const std::string env = item.string_at({"env"});
    if (env.empty()) continue;
    const Value* const there = item.find("envs");
    List all = there != nullptr && there->is_list() ? *there->as_list() : List();
    all.emplace_back(env);
    item.set("envs", Value(std::move(all)));
    item.erase("env");
  }
  value.set(field, Value(std::move(items)));
}

// Empty texts are left out.
Value map_of_texts(std::initializer_list<std::pair<const char*, std::string>> members) {
  Value out = Value::map();
  for (const auto& [name, text] : members) {
    if (!text.empty()) out.set(name, text);
  }
  return out;
}

Value value_of(const OverlayPatch& patch) {
  Value out = map_of_texts({{"patch", patch.text}});
  if (!patch.target) return out;
  out.set("target", map_of_texts({{"group", patch.target->group},
                                  {"version", patch.target->version},
                                  {"kind", patch.target->kind},
                                  {"name", patch.target->name},
                                  {"namespace", patch.target->namespace_},
                                  {"labelSelector", patch.target->label_selector},
                                  {"annotationSelector", patch.target->annotation_selector}}));
  return out;
}

// The tag and the digest both say which version: setting one takes the other away.
void override_image(Value& image, const ImageOverride& by) {
  if (!by.new_name.empty()) image.set("newName", by.new_name);
  if (by.new_tag.empty() && by.digest.empty()) return;
  for (const auto& [field, text] : {std::pair("newTag", &by.new_tag), {"digest", &by.digest}}) {
    if (text->empty()) {
      image.erase(field);
    } else {
      image.set(field, *text);
    }
  }
}

}  // namespace

TextMap text_map_of(const Value* value) {
  TextMap out;
  const Map* const map = value == nullptr ? nullptr : value->as_map();
  if (map == nullptr) return out;
  for (const Member& member : *map) out.emplace_back(member.key, scalar_text(member.value));
  return out;
}

std::vector<std::string> texts_of(const Value* value) {
  std::vector<std::string> out;
  const List* const list = value == nullptr ? nullptr : value->as_list();
  if (list == nullptr) return out;
  for (const Value& item : *list) out.push_back(scalar_text(item));
  return out;
}

Result<Kustomization> Kustomization::load(const Loader& loader, Budget& budget,
                                          const Overlay& overlay) {
  std::vector<std::string> found;
  for (const char* name : kNames) {
    const auto kind = TRY(loader.kind(name));
    if (kind && *kind != EntryKind::directory) found.emplace_back(name);
  }
  const std::string folder = "\"" + escape_terminal(loader.name(loader.folder())) + "\"";
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
  out.file_ = loader.name(file);
  std::vector<yaml::Document> documents = TRY(yaml::parse_all(
      TRY(loader.read(file, budget)), out.file_, budget, yaml::Dialect::kustomization));
  if (documents.size() > 1) {
    return Error(kBadKustomization, "a kustomization is one document; here are more")
        .at({out.file_, documents[1].line, 0})
        .with_help("kustomize reads the first one only; remove the others");
  }
  if (!documents.empty()) out.document_ = std::move(documents.front());
  TRY(out.check(!overlay.empty()));
  out.is_component_ = out.text("kind") == "Component";
  out.modernise();
  out.extend(overlay);
  return out;
}

Kustomization Kustomization::of(const Overlay& overlay) {
  Kustomization out;
  out.extend(overlay);
  return out;
}

void Kustomization::extend_list(const char* field, const List& more) {
  if (more.empty()) return;
  List all = items(field);
  for (size_t i = 0; i < more.size(); ++i) {
    added_[{field, std::to_string(all.size())}] =
        std::string("spec.") + field + "[" + std::to_string(i) + "]";
    all.push_back(more[i]);
  }
  value_.set(field, Value(std::move(all)));
}

void Kustomization::extend(const Overlay& overlay) {
  List patches;
  for (const OverlayPatch& patch : overlay.patches) patches.push_back(value_of(patch));
  extend_list("patches", patches);
  extend_list("components", List(overlay.components.begin(), overlay.components.end()));
  if (overlay.images.empty()) return;
  List images = items("images");
  for (size_t i = 0; i < overlay.images.size(); ++i) {
    const ImageOverride& image = overlay.images[i];
    auto at = std::find_if(images.begin(), images.end(), [&image](const Value& one) {
      return one.string_at({"name"}) == image.name;
    });
    if (at == images.end()) {
      added_[{"images", std::to_string(images.size())}] = "spec.images[" + std::to_string(i) + "]";
      at = images.insert(images.end(), Value::map({{"name", image.name}}));
    }
    override_image(*at, image);
  }
  value_.set("images", Value(std::move(images)));
}

void Kustomization::modernise() {
  move_items(value_, "bases", "resources");
  move_items(value_, "imageTags", "images");
  plural_env(value_, "configMapGenerator");
  plural_env(value_, "secretGenerator");
}

Result<void> Kustomization::check(bool may_be_empty) {
  if (!document_.value.is_map()) {
    return Error(kBadKustomization, document_.value.is_null() ? "the kustomization is empty"
                                                              : "a kustomization has to be a map")
        .at({file_, document_.line, 0});
  }
  value_ = TRY(checked_kustomization(
      document_.value, [this](const std::vector<std::string>& path, const std::string& what) {
        return invalid(path, what);
      }));
  bool empty = true;
  for (const Member& member : *value_.as_map()) {
    const bool is_type = member.key == "apiVersion" || member.key == "kind";
    const bool is_set = member.value.is_list() || member.value.is_map() || has(member.key);
    empty = empty && (is_type || !is_set);
  }
  if (empty && !may_be_empty) return invalid({}, "the kustomization is empty");
  const std::string kind = text("kind");
  if (!kind.empty() && kind != "Kustomization" && kind != "Component") {
    return invalid({"kind"}, "kind has to be Kustomization or Component");
  }
  const std::string version = text("apiVersion");
  const std::string wanted =
      kind == "Component" ? "kustomize.config.k8s.io/v1alpha1" : "kustomize.config.k8s.io/v1beta1";
  if (!version.empty() && version != wanted) {
    return invalid({"apiVersion"}, "apiVersion has to be " + wanted);
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
  const auto added = path.size() < 2 ? added_.end() : added_.find({path[0], path[1]});
  if (added != added_.end()) return {added->second, 0, 0};
  return {file_, document_.line_of(path), 0};
}

Error Kustomization::invalid(const std::vector<std::string>& path, const std::string& what) const {
  return Error(kBadKustomization, what).at(position(path));
}

bool Kustomization::has(std::string_view field) const {
  const Value* const value = find(field);
  if (value == nullptr || value->is_null()) return false;
  if (const List* list = value->as_list()) return !list->empty();
  if (const Map* map = value->as_map()) return !map->empty();
  return !value->is_string() || !value->as_string()->empty();
}

std::string Kustomization::text(std::string_view field) const {
  const Value* const value = find(field);
  return value == nullptr ? "" : scalar_text(*value);
}

std::vector<std::string> Kustomization::texts(std::string_view field) const {
  return texts_of(find(field));
}

TextMap Kustomization::text_map(std::string_view field) const {
  return text_map_of(find(field));
}

List Kustomization::items(std::string_view field) const {
  const Value* const value = find(field);
  return value == nullptr || !value->is_list() ? List() : *value->as_list();
}

}  // namespace plumb::rendering::kustomize
