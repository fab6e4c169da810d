// Where a YAML file names images, and which scalar holds which part of the name. Pure.
//
// Known are: fields named "image" (containers, Helm values, custom resources), entries of "images"
// in a kustomization, maps with "repository" and "tag" or "digest" in Helm values, "kustomize:
// images:" of an Argo CD Application, and scalars with a comment of Flux's image automation
// (v1.1: {"$imagepolicy": "NAMESPACE:NAME"}, and :name, :tag or :digest behind it).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/edit/image.h"
#include "lang/yaml/scalars.h"

namespace plumb::edit {

struct ImageSite {
  std::string repository;            // as it is written now; "" where only a part is known
  std::vector<std::string> aliases;  // further names: of a policy, of the image that is replaced
  bool is_marked = false;            // by a comment: each part has a comment of its own
  std::string prefix;                // of `whole`, kept: "old=" of an Argo CD Application
  // Indexes into the places. Either the whole reference is one scalar, or each part is its own.
  std::optional<size_t> whole;
  std::optional<size_t> name;
  std::optional<size_t> tag;
  std::optional<size_t> digest;

  // Any of them; every site has one.
  [[nodiscard]] size_t first() const;
};

[[nodiscard]] std::vector<ImageSite> find_image_sites(const std::string& file,
                                                      std::string_view text,
                                                      const std::vector<yaml::ScalarPlace>& places);

// The site at a JSON pointer: a scalar that holds a reference, or one part of it where its key is
// tag, newTag, digest, repository, newName or name; or a map of such parts.
[[nodiscard]] std::optional<ImageSite> site_at(const std::string& pointer,
                                               const std::vector<yaml::ScalarPlace>& places);

}  // namespace plumb::edit
