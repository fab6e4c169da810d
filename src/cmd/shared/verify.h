// verify: the operator's verdict on a range of commits of a local repository, without a cluster.
// `plumb verify` and `plumb-ci verify` are this, and core/trust alone decides.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "cmd/shared/trust_parts.h"
#include "core/trust/walk/walk.h"
#include "model/remote_base.h"

namespace plumb {

struct VerifyRequest {
  std::string range;  // "A..B"; "B" or "..B": from the policy's anchor
  std::string policy;
  std::string repository = ".";
  std::string ref;                             // which of the policy's sources; "" where it has one
  std::vector<std::string> remote_bases = {};  // hosts that bases may be fetched from
};

struct Verification {
  trust::TrustPolicy policy;
  trust::WalkVerdict verdict;
  WallTime now;  // when it was made
};

// Where no App is known: the folder as it stands, with the bases that the person allows.
[[nodiscard]] trust::RenderFunction render_folders(std::shared_ptr<const RemoteBases> bases);

// An Error: nothing was decided.
[[nodiscard]] Result<Verification> verify(const VerifyRequest& request, std::stop_token stop);

// Prints it; the exit code: kExitOk where the range is trusted, else kExitDifferent.
[[nodiscard]] Result<int> print_verification(const Verification& verification, OutputFormat format,
                                             const Style& style);

}  // namespace plumb
