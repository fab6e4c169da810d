// Where objects of a build come from and what changed them, as the annotations that buildMetadata
// asks for. Behaviour of kustomize api v0.21.1 (resource.Origin). Pure.
#pragma once

#include <optional>
#include <string>

#include "core/render/kustomize/resource.h"

namespace plumb::rendering::kustomize {

inline constexpr std::string_view kOriginAnnotation = "config.kubernetes.io/origin";
inline constexpr std::string_view kTransformationsAnnotation =
    "alpha.config.kubernetes.io/transformations";

struct BuildOrigin {
  std::string path = {};  // of a file, from the folder the build began with, or its repository
  std::string repository = {};     // where it is another one
  std::string ref = {};            // of that
  std::string configured_in = {};  // the file that asked for it
  std::string api_version = {};    // of what made it: "builtin", or a plugin's
  std::string kind = {};
  std::string name = {};
  std::string name_space = {};

  [[nodiscard]] std::string text() const;
};

// The origin of a file or base that a kustomization with this one names.
[[nodiscard]] BuildOrigin appended(const BuildOrigin& origin, const std::string& path);

void set_origin(Resource& resource, const BuildOrigin& origin);
[[nodiscard]] bool has_origin(const Resource& resource);
// Objects without an origin get this one; what else there is was changed by it.
void note_transformation(Resources& resources, const BuildOrigin& origin);
// Of what an object with an origin, which configures a plugin, makes or changes.
[[nodiscard]] std::optional<BuildOrigin> origin_by(const Resource& plugin);

}  // namespace plumb::rendering::kustomize
