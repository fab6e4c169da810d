// Which ref of a remote a RefSelector means: pure. Precedence commit > name > semver > tag >
// branch; with nothing set, the branch HEAD names.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "edge/git/remote_refs.h"
#include "model/spec.h"

namespace plumb {

struct ChosenRef {
  RefName ref;
  ObjectId object;     // to fetch: the tag object of an annotated tag
  ObjectId commit;     // what it points to; equal to object for a branch
  bool moves = false;  // a branch: its next tip has to descend from the last one
  friend bool operator==(const ChosenRef&, const ChosenRef&) = default;
};

// The prefixes to ask the remote for. Checks the selector: kBadRef, kBadCommitId, kBadConstraint.
[[nodiscard]] Result<std::vector<std::string>> ref_prefixes(const RefSelector& selector);

// kRefNotFound when no ref fits. For a commit: the branch or HEAD it has to be reachable from.
[[nodiscard]] Result<ChosenRef> choose_ref(const RefSelector& selector,
                                           const std::vector<RemoteRef>& refs);

// kRefNotFound that names up to 10 refs that are near to what was asked for.
[[nodiscard]] Error ref_not_found(const RefSelector& selector, const std::string& url,
                                  const std::vector<RemoteRef>& all);

}  // namespace plumb
