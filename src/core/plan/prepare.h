// prepare: manifests as written -> manifests as sent: our labels, the app's target namespace where
// none is written (for namespaced kinds), no namespace on cluster-scoped kinds; and which of their
// fields are left to others; a rule about these that is of no use is warned of. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/plan/plan.h"

namespace plumb {

// What of an app decides how its manifests are sent.
struct PrepareOptions {
  AppKey app = {};
  std::string target_namespace = {};
  std::vector<IgnoreRule> ignore = {};
};

// Kinds the catalog does not have take their scope from a CustomResourceDefinition among the
// manifests; unknown ones stay as written and are refused by the plan. Two manifests that become
// the same object are an error.
[[nodiscard]] Result<Manifests> prepare(const Manifests& manifests, const ApiCatalog& catalog,
                                        const PrepareOptions& options);

// Of which objects prepared manifests are, in whatever order, and what they say; of a Secret that
// it is there, and no more: a hash of a short secret gives it away, and this is told in the status.
[[nodiscard]] Fingerprint identity_of(const Manifests& prepared);

}  // namespace plumb
