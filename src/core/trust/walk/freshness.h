// Freshness: up to when somebody with a key says that what a source shows is the newest. A server
// that withholds commits looks like one that has none; where principals sign heartbeats, or commit
// often enough, it is told apart by its age.
//
// What counts is the date of the accepted tip, which its signer signed, and heartbeats: statements
// at refs/plumb/heartbeat that name the tip, or a commit that led to it, and a time. Dates in the
// future do not count, nor does the statement of another source, nor one that names a commit which
// is not here. So one that is replayed is as old as it was. Pure; borrows all for the time of the
// call.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/trust/policy/policy.h"
#include "core/trust/signature/verify.h"
#include "core/trust/walk/commit_graph.h"

namespace plumb::trust {

struct Freshness {
  std::optional<WallTime> as_of;   // nullopt: nobody says anything that counts
  std::string by;                  // "commit 3f1c2ab9d01e", "a heartbeat by ci"
  std::vector<std::string> notes;  // which heartbeats do not count, and why

  [[nodiscard]] bool is_fresh(const FreshnessRule& rule, WallTime now) const;
  // One sentence; the same as long as nothing newer is signed.
  [[nodiscard]] std::string told(const FreshnessRule& rule, WallTime now) const;

  friend bool operator==(const Freshness&, const Freshness&) = default;
};

struct FreshnessRequest {
  const TrustPolicy& policy;
  Objects& objects;
  const PolicySource& source;
  CommitId tip;  // accepted
  const std::map<RefName, ObjectId>& statements;
  WallTime now;
  OpenPgpVerifier* openpgp = nullptr;
};
// An Error is of the world.
[[nodiscard]] Result<Freshness> freshness_of(const FreshnessRequest& request);

}  // namespace plumb::trust
