// The suffix that kustomize gives to the names of generated objects: of what is in them. Behaviour
// of kustomize api v0.21.1 (hasher). Pure.
#pragma once

#include <string>

#include "core/render/kustomize/resource.h"

namespace plumb::rendering::kustomize {

// Ten characters, for a ConfigMap, a Secret or another object.
[[nodiscard]] std::string content_hash(const Value& object);
// Names of the objects that need it get the suffix.
void add_content_hashes(Resources& resources);

}  // namespace plumb::rendering::kustomize
