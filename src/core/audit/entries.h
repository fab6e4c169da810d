// What the ledger tells of a turn: an entry where it changed or refused anything, or brought an app
// to another revision; else nothing. Pure.
#pragma once

#include <optional>

#include "core/audit/record.h"
#include "core/trust/walk/walk.h"
#include "model/manifests.h"
#include "model/status.h"

namespace plumb::audit {

// The manifests of the turn as rendered, and those that were in force before it: between them the
// names of fields that a commit changed. Both may be null.
struct TurnManifests {
  const Manifests* before = nullptr;
  const Manifests* now = nullptr;
};

// Whether the manifests would be looked at.
[[nodiscard]] bool wants_fields(const TurnRecord& turn);

[[nodiscard]] std::optional<Entry> entry_of_turn(const TurnRecord& turn, const AppStatus& before,
                                                 const TurnManifests& manifests);

// A revision that was judged. `refusal` is null where it was accepted; `verdict` null where no
// policy speaks of it, or where it did not come to that.
struct JudgedRevision {
  const Revision& revision;
  RepositoryKey repository;
  std::string policy = {};
  std::string tag = {};   // the tag object
  std::string from = {};  // what was accepted before
  WallTime now{};
  const trust::WalkVerdict* verdict = nullptr;
  const Error* refusal = nullptr;
  bool rewound = false;  // it does not descend from what was accepted before, and need not
};
[[nodiscard]] Entry entry_of_revision(const JudgedRevision& judged);

// Commits that were accepted and are doubtful now: signed by a key that was in wrong hands.
[[nodiscard]] Entry entry_of_doubt(const JudgedRevision& judged,
                                   const std::vector<CommitId>& doubtful);

// Names of the fields that differ, "spec.template.spec.containers[web].image": at most 20, deeper
// ones by what they are in. Members of lists by their name where each has one, else by index.
[[nodiscard]] std::vector<std::string> changed_fields(const Value& before, const Value& after);

}  // namespace plumb::audit
