// is_left_alone: whether a manifest says that its object is to be left alone for a while. Pure.
#pragma once

#include "model/manifests.h"

namespace plumb {

// By annotation plumb.dev/reconcile: disabled, or Flux's kustomize.toolkit.fluxcd.io/reconcile:
// disabled and ssa: Ignore. The object is neither applied nor healed, waited for or pruned, as long
// as it stands in the source like that.
[[nodiscard]] bool is_left_alone(const Manifest& manifest);

}  // namespace plumb
