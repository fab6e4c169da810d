// What can be told of a field that the API server refuses beyond its own words: where the field
// stands in the source, and what was probably meant. Pure; reentrant.
//
// Names are those of Kubernetes 1.21, which kustomize's tables have; a field that is newer, or of a
// custom resource, is not suggested.
#pragma once

#include <string>
#include <string_view>

#include "model/manifests.h"

namespace plumb {

struct RefusedField {
  Position position;
  std::string help;  // "" where nothing is known that helps
};

// `field` as the API server writes it: spec.ports[0].port, containers[name="web"].image,
// data[tls.crt]. `what` in the words of edge/cluster: "there is no such field", "expected a number,
// found a string".
[[nodiscard]] RefusedField look_up_refused(const Manifest& manifest, std::string_view field,
                                           std::string_view what);

}  // namespace plumb
