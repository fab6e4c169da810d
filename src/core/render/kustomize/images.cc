#include <re2/re2.h>

#include <algorithm>
#include <optional>

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

constexpr std::string_view kWordCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

// The name of an image to change: a regular expression, in the original as here. Most are none but
// for their dots, and are compared without one: to compile it costs more than all else here.
class NamePattern {
 public:
  explicit NamePattern(std::string name) : name_(std::move(name)) {
    if (!is_plain()) expression_.emplace(text(), RE2::Quiet);
  }

  [[nodiscard]] bool ok() const { return !expression_ || expression_->ok(); }

  [[nodiscard]] bool matches(const std::string& image) const {
    if (expression_) return RE2::PartialMatch(image, *expression_);
    if (image.size() < name_.size()) return false;
    for (size_t i = 0; i < name_.size(); ++i) {
      const auto at = static_cast<unsigned char>(image[i]);
      if (name_[i] == '.' && at >= 0x80) return RE2::PartialMatch(image, RE2(text(), RE2::Quiet));
      if (name_[i] == '.' ? at == '\n' : name_[i] != image[i]) return false;
    }
    std::string_view rest = std::string_view(image).substr(name_.size());
    if (rest.starts_with(':')) rest = behind_word(rest.substr(1));
    if (rest.starts_with("@sha256:")) rest = behind_word(rest.substr(8));
    return rest.empty();
  }

 private:
  [[nodiscard]] bool is_plain() const {
    return std::all_of(name_.begin(), name_.end(), [](char c) {
      return c == '/' || c == ':' || kWordCharacters.find(c) != std::string_view::npos;
    });
  }

  [[nodiscard]] std::string text() const {
    return "^" + name_ + "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$";
  }

  [[nodiscard]] static std::string_view behind_word(std::string_view text) {
    const auto is_part = [](char c) {
      return c == '{' || c == '}' || kWordCharacters.find(c) != std::string_view::npos;
    };
    return {std::find_if_not(text.begin(), text.end(), is_part), text.end()};
  }

  std::string name_;
  std::optional<RE2> expression_;
};

class Images {
 public:
  explicit Images(const ImageChange& change) : change_(change), pattern_(change.name) {}

  [[nodiscard]] bool ok() const { return pattern_.ok(); }

  [[nodiscard]] Result<void> set(Value& field) const {
    if (field.is_map() || field.is_list()) return Error(kFieldShape, "expected a single value");
    const std::string image = scalar_text(field);
    if (pattern_.matches(image)) field = Value(changed(image, change_));
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
  NamePattern pattern_;
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
