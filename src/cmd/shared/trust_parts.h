// What `plumb verify`, `plumb approve`, `plumb trust` and `plumb-ci verify` share. Errors: kUsage
// and those of the parts.
#pragma once

#include <memory>
#include <string>

#include "cmd/shared/terminal.h"
#include "core/trust/policy/policy.h"
#include "edge/git/local_repository.h"

namespace plumb {

[[nodiscard]] Result<std::string> read_text_file(const std::string& path);
[[nodiscard]] Result<trust::TrustPolicy> load_policy(const std::string& path);
// The source of a policy by its ref; the only one where `ref` is "".
[[nodiscard]] Result<trust::PolicySource> choose_source(const trust::TrustPolicy& policy,
                                                        const std::string& ref);

// "A..B", "..B" or "B".
struct CommitRange {
  std::optional<CommitId> from;
  ObjectId tip;
};
[[nodiscard]] Result<CommitRange> read_range(const LocalRepository& repository,
                                             const std::string& text,
                                             const trust::PolicySource& source);

}  // namespace plumb
