#include <re2/re2.h>

#include "base/text.h"
#include "core/render/kustomize/field_walk.h"
#include "core/render/kustomize/transform.h"

namespace plumb::rendering::kustomize {
namespace {

struct ImageParts {
  std::string name;
  std::string tag = {};
  std::string digest = {};
};

ImageParts split_image(const std::string& image) {
  const size_t slash = image.find('/');
  const size_t from = slash == std::string::npos ? 0 : slash;
  const size_t at = image.find('@', from);
  const size_t colon = image.find(':', from);
  if (at == std::string::npos && colon == std::string::npos) return {image};
  if (at != std::string::npos && at < colon) {
    return {image.substr(0, at), "", image.substr(at + 1)};
  }
  if (at == std::string::npos) return {image.substr(0, colon), image.substr(colon + 1), ""};
  return {image.substr(0, colon), image.substr(colon + 1, at - colon - 1), image.substr(at + 1)};
}

std::string changed(const std::string& image, const ImageChange& change) {
  auto [name, tag, digest] = split_image(image);
  if (!change.new_name.empty()) name = change.new_name;
  if (!change.new_tag.empty()) {
    tag = change.new_tag;
    digest = change.digest;
  } else if (!change.digest.empty()) {
    tag.clear();
    digest = change.digest;
  } else if (!change.tag_suffix.empty()) {
    tag += change.tag_suffix;
    digest.clear();
  }
  if (!tag.empty()) name += ":" + tag;
  if (!digest.empty()) name += "@" + digest;
  return name;
}

class Images {
 public:
  explicit Images(const ImageChange& change)
      : change_(change),
        pattern_("^" + change.name + "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$",
                 RE2::Quiet) {}

  [[nodiscard]] bool ok() const { return pattern_.ok(); }

  [[nodiscard]] Result<void> set(Value& field) const {
    if (field.is_map() || field.is_list()) return Error(kFieldShape, "expected a single value");
    const std::string image = scalar_text(field);
    if (RE2::PartialMatch(image, pattern_)) field = Value(changed(image, change_));
    return {};
  }

  // "containers" and "initContainers" wherever they are. As deep as the parser allowed.
  [[nodiscard]] bool has_containers(const Value& at) const {
    if (const List* list = at.as_list()) {
      for (const Value& item : *list) {
        if (has_containers(item)) return true;
      }
    } else if (const Map* map = at.as_map()) {
      for (const Member& member : *map) {
        if (is_list_of_containers(member) || has_containers(member.value)) return true;
      }
    }
    return false;
  }

  [[nodiscard]] Result<void> set_below(Value& at) const {
    if (!has_containers(at)) return {};
    if (at.is_list()) {
      for (Value& item : at.mutable_list()) TRY(set_below(item));
      return {};
    }
    for (const Member& member : Map(*at.as_map())) {
      Value& value = *at.mutable_map().find(member.key);
      TRY(set_below(value));
      if (!is_list_of_containers(member)) continue;
      for (Value& item : value.mutable_list()) {
        if (item.find("image") != nullptr) TRY(set(*item.mutable_map().find("image")));
      }
    }
    return {};
  }

 private:
  [[nodiscard]] static bool is_list_of_containers(const Member& member) {
    return member.value.is_list() && (member.key == "containers" || member.key == "initContainers");
  }

  const ImageChange& change_;
  RE2 pattern_;
};

}  // namespace

ImageChange ImageChange::of(const Value& value) {
  return {.name = value.string_at({"name"}),
          .new_name = value.string_at({"newName"}),
          .new_tag = value.string_at({"newTag"}),
          .digest = value.string_at({"digest"}),
          .tag_suffix = value.string_at({"tagSuffix"})};
}

Result<void> set_image(Resources& resources, const ImageChange& change, const FieldSpecs& specs) {
  const Images images(change);
  if (!images.ok()) {
    return Error(kBadKustomization, "images: the name \"" + escape_terminal(shorten(change.name)) +
                                        "\" is not a regular expression");
  }
  for (Resource& resource : resources) {
    if (resource.kind() == "CustomResourceDefinition") continue;
    TRY(images.set_below(resource.value));
    for (const FieldSpec& spec : specs) {
      TRY(change_fields(resource, spec, Create::nothing,
                        [&](Value& field) { return images.set(field); }));
    }
  }
  return {};
}

}  // namespace plumb::rendering::kustomize
