#include "core/spec/rendering.h"

#include "base/digest.h"
#include "core/plan/ignore.h"

namespace plumb {
namespace {

void check_post_build(SpecFields fields) {
  fields.only({"substitute", "substituteFrom", "strict"});
  fields.flag("strict", false);
  fields.map("substitute");
  const Value* const given = fields.find("substitute");
  if (given == nullptr || !given->is_map()) return;
  for (const Member& variable : *given->as_map()) {
    const std::string name = "substitute." + escape_terminal(shorten(variable.key));
    if (!is_variable_name(variable.key)) {
      fields.fail(name, "is no name of a variable",
                  "use letters, digits and \"_\", and begin with no digit");
    } else if (!variable.value.is_string()) {
      fields.fail(name, std::string("is of type ") + to_string(variable.value.type()),
                  "put the value into quotes");
    }
  }
}

// OCI image specification v1.1: algorithm ":" encoded.
bool is_digest(std::string_view text) {
  constexpr size_t kLeastLetters = 32;
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view encoded = text.substr(colon + 1);
  return encoded.size() >= kLeastLetters && std::all_of(encoded.begin(), encoded.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

void check_image(SpecFields& image) {
  image.only({"name", "newName", "newTag", "digest"});
  image.required_text("name", "registry.example.com/web");
  image.text("newName");
  image.text("newTag");
  const std::string digest = image.text("digest");
  if (!digest.empty() && !is_digest(digest)) {
    image.fail("digest", "is " + SpecFields::quoted(digest),
               "write the algorithm and all letters, as in sha256:9f86…");
  }
}

void check_patch(SpecFields& patch) {
  patch.only({"patch", "target"});
  if (trim(patch.required_text("patch", "a strategic merge or JSON 6902 patch")).empty() &&
      !patch.text("patch").empty()) {
    patch.fail("patch", "is empty", "write a strategic merge or JSON 6902 patch");
  }
  SpecFields target = patch.map("target");
  target.only(
      {"group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"});
  for (const char* field : {"group", "version", "kind", "name", "namespace"}) {
    const std::string pattern = target.text(field);
    const Result<void> good = check_pattern(pattern);
    if (!good) {
      target.fail(field, "is " + SpecFields::quoted(pattern) + ", which is no regular expression",
                  "write a regular expression that fits the whole text");
    }
  }
  target.text("labelSelector");
  target.text("annotationSelector");
}

void check_components(SpecFields& spec) {
  spec.texts("components");
  const List* const components = spec.list("components");
  for (size_t i = 0; components != nullptr && i < components->size(); ++i) {
    const std::string* const path = (*components)[i].as_string();
    const bool is_local = path == nullptr || (!path->empty() && !path->starts_with('/') &&
                                              path->find("://") == std::string::npos);
    if (is_local) continue;
    spec.fail("components[" + std::to_string(i) + "]", "is " + SpecFields::quoted(*path),
              "name a folder of the repository, by the way from the App's path to it");
  }
}

constexpr const char* kSourceExample = "{kind: ConfigMap, name: …}";

std::vector<const Value*> items_of(const Value& app, const char* field) {
  const Value* const found = app.find_path({"spec", field});
  std::vector<const Value*> out;
  if (found == nullptr || !found->is_list()) return out;
  for (const Value& item : *found->as_list()) out.push_back(&item);
  return out;
}

}  // namespace

bool is_variable_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
         std::all_of(name.begin(), name.end(), fits);
}

void check_rendering(SpecFields& spec) {
  for (SpecFields& image : spec.maps("images", "{name: …, newTag: …}")) check_image(image);
  for (SpecFields& patch : spec.maps("patches", "{patch: …, target: …}")) check_patch(patch);
  check_components(spec);
  check_post_build(spec.map("postBuild"));
}

bool takes_variables(const Value& app) {
  const Value* const sources = app.find_path({"spec", "postBuild", "substituteFrom"});
  return sources != nullptr && sources->is_list() && !sources->as_list()->empty();
}

Substitution known_substitution_of(const Value& app) {
  Substitution out = substitution_of(app);
  out.strict = out.strict && !takes_variables(app);
  return out;
}

std::vector<VariableSource> decode_substitute_from(SpecFields& spec) {
  std::vector<VariableSource> out;
  SpecFields post_build = spec.map("postBuild");
  for (SpecFields& one : post_build.maps("substituteFrom", kSourceExample)) {
    one.only({"kind", "name", "optional"});
    VariableSource source;
    if (one.find("kind") == nullptr) one.required_text("kind", "ConfigMap");
    source.kind = one.choice<VariableSource::Kind>(
        "kind",
        {{"ConfigMap", VariableSource::Kind::config_map}, {"Secret", VariableSource::Kind::secret}},
        source.kind);
    source.name = one.required_text("name", "cluster-settings");
    source.optional = one.flag("optional", false);
    out.push_back(std::move(source));
  }
  return out;
}

Result<void> add_variables(const Value& object, VariableSource::Kind kind, Substitution& to) {
  const Value* const data = object.find("data");
  if (data == nullptr || !data->is_map()) return {};
  for (const Member& member : *data->as_map()) {
    const bool is_secret = kind == VariableSource::Kind::secret;
    const auto bad = [&](const char* what) {
      return Error(kBadVariable, std::string(to_string(kind)) + " " +
                                     escape_terminal(object.string_at({"metadata", "name"})) +
                                     ": key \"" + escape_terminal(shorten(member.key)) + "\" " +
                                     what)
          .with_help("names of variables are letters, digits and \"_\", and begin with no digit");
    };
    if (!is_variable_name(member.key)) return bad("is no name of a variable");
    const std::string* const text = member.value.as_string();
    if (text == nullptr) return bad("has no text");
    std::optional<std::string> value = is_secret ? base64_decode(*text) : std::optional(*text);
    if (!value) return bad("is not base64");
    std::erase(*value, '\n');
    if (is_secret) {
      to.secret.insert(member.key);
    } else {
      to.secret.erase(member.key);
    }
    to.variables[member.key] = *std::move(value);
  }
  return {};
}

void add_variables(const Substitution& own, Substitution& to) {
  for (const auto& [name, value] : own.variables) {
    to.variables[name] = value;
    to.secret.erase(name);
  }
}

Overlay overlay_of(const Value& app) {
  Overlay out;
  for (const Value* image : items_of(app, "images")) {
    out.images.push_back({.name = image->string_at({"name"}),
                          .new_name = image->string_at({"newName"}),
                          .new_tag = image->string_at({"newTag"}),
                          .digest = image->string_at({"digest"})});
  }
  for (const Value* patch : items_of(app, "patches")) {
    OverlayPatch one{.text = patch->string_at({"patch"})};
    if (const Value* target = patch->find("target"); target != nullptr && target->is_map()) {
      one.target = PatchTarget{.group = target->string_at({"group"}),
                               .version = target->string_at({"version"}),
                               .kind = target->string_at({"kind"}),
                               .name = target->string_at({"name"}),
                               .namespace_ = target->string_at({"namespace"}),
                               .label_selector = target->string_at({"labelSelector"}),
                               .annotation_selector = target->string_at({"annotationSelector"})};
    }
    out.patches.push_back(std::move(one));
  }
  for (const Value* component : items_of(app, "components")) {
    if (component->is_string()) out.components.push_back(*component->as_string());
  }
  return out;
}

Substitution substitution_of(const Value& app) {
  Substitution out;
  out.strict = app.bool_at({"spec", "postBuild", "strict"});
  const Value* const given = app.find_path({"spec", "postBuild", "substitute"});
  const Map* const variables = given == nullptr ? nullptr : given->as_map();
  if (variables == nullptr) return out;
  for (const Member& variable : *variables) {
    const std::string* const text = variable.value.as_string();
    if (text == nullptr) continue;
    std::string value = *text;
    std::erase(value, '\n');
    out.variables.emplace(variable.key, std::move(value));
  }
  return out;
}

}  // namespace plumb
