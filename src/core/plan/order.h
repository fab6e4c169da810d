// order: which manifest comes before which. Pure.
//
// Waves are numbered by (the wave annotation, stage): definitions (Namespace, CRD) come first, then
// classes and roles that others refer to by name, then the rest; custom resources whose definition
// is among the manifests come after it. Annotations: plumb.dev/wave, argocd.argoproj.io/sync-wave.
// Inside a wave the order of kinds is Helm's install order.
#pragma once

#include <compare>
#include <set>
#include <string>

#include "model/manifests.h"

namespace plumb {

enum class ApplyStage { definitions, classes, rest };

struct Rank {
  int wave = 0;
  ApplyStage stage = ApplyStage::rest;
  friend auto operator<=>(const Rank&, const Rank&) = default;
};

[[nodiscard]] Result<Rank> rank_of(const Manifest& manifest);
// Rank of a kind without a manifest (a prune): its stage in wave 0.
[[nodiscard]] ApplyStage stage_of(const GroupKind& kind);
// Position in Helm's install order; unknown kinds come last.
[[nodiscard]] int kind_order(const GroupKind& kind);

}  // namespace plumb
