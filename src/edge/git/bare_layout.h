// What stands in a bare Git directory beside its objects and refs: the files Git wants to see
// before it calls a directory a repository, and the boundary: the commits that are here without
// (all of) their parents, as Git keeps them in the file `shallow`. Errors: kStoreFailed.
#pragma once

#include <set>
#include <string>
#include <system_error>

#include "base/result.h"
#include "edge/git/git_errors.h"
#include "model/git.h"

namespace plumb {

// kStoreFailed: what the local disk refused.
[[nodiscard]] Error disk_failed(const std::string& what, const std::error_code& error);

using Boundary = std::set<CommitId>;

// An empty repository without refs; one that is there is left as it is.
[[nodiscard]] Result<void> make_bare_layout(const std::string& directory);

// Lines that are no commit ids are left out; no file is an empty boundary.
[[nodiscard]] Boundary read_boundary(const std::string& directory);
// As a whole: who reads sees the old or the new one.
[[nodiscard]] Result<void> write_boundary(const std::string& directory, const Boundary& boundary);

}  // namespace plumb
