// What a manifest says about leaving its object alone. Pure.
#pragma once

#include "model/manifests.h"

namespace plumb {

// By annotation plumb.dev/reconcile: disabled, or Flux's kustomize.toolkit.fluxcd.io/reconcile:
// disabled and ssa: Ignore. The object is neither applied nor healed, waited for or pruned, as long
// as it stands in the source like that.
[[nodiscard]] bool is_left_alone(const Manifest& manifest);

// By annotation plumb.dev/reconcile: IfNotPresent, or Flux's kustomize.toolkit.fluxcd.io/ssa:
// IfNotPresent. The object is applied where there is none of its name, and is whoever's it is as
// long as there is one: neither applied nor healed. What we made is pruned as everything else.
[[nodiscard]] bool is_only_created(const Manifest& manifest);

}  // namespace plumb
