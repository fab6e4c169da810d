// Image references as manifests write them, and what `set-image` is asked for. Values; pure.
// Grammar: github.com/distribution/reference v0.6 (name[:tag][@digest]), without its "library/" and
// "docker.io/" defaults: texts are compared as they are written.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "core/edit/edit_errors.h"

namespace plumb::edit {

struct ImageReference {
  std::string repository;  // "reg.example:5000/team/web"
  std::string tag;         // without ":"; may be empty
  std::string digest;      // "sha256:…"; may be empty

  [[nodiscard]] std::string text() const;
  // "web" of "reg.example/team/web".
  [[nodiscard]] std::string_view last_part() const;
  friend bool operator==(const ImageReference&, const ImageReference&) = default;
};

// kBadImage.
[[nodiscard]] Result<ImageReference> parse_image(std::string_view text);

// One argument of set-image: which image, and what of it is set. Empty parts stay as they are.
struct ImageSetting {
  // An image as the files write it, its last part, the name of a Flux ImagePolicy ("web",
  // "apps:web"), an alias of Argo CD Image Updater; or a JSON pointer ("/web/image").
  std::string name;
  ImageReference image;

  [[nodiscard]] bool is_pointer() const { return name.starts_with('/'); }
  [[nodiscard]] std::string text() const { return name + "=" + image.text(); }
};

// "NAME=IMAGE[:TAG][@DIGEST]", "NAME=:TAG", "NAME=@DIGEST", or "IMAGE:TAG" for the image's own
// name.
[[nodiscard]] Result<ImageSetting> parse_image_setting(std::string_view text);

}  // namespace plumb::edit
