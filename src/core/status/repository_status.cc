#include "core/status/repository_status.h"

#include <algorithm>

#include "core/status/conditions.h"

namespace plumb {

namespace {

// Errors of trust policies and of signatures: docs/errors.md.
bool is_of_trust(const Error& error) {
  return error.code().number >= 400 && error.code().number < 500;
}

void set_trusted(ConditionSet& conditions, const RepositoryTurn& turn) {
  if (turn.error && is_of_trust(*turn.error)) {
    conditions.set("Trusted", "False", turn.error->code().name, turn.error->summary());
  } else if (turn.revision && !turn.error && turn.policy == "none") {
    conditions.set("Trusted", "Unknown", "NotVerified", "trust: none");
  } else if (turn.revision && !turn.error) {
    std::string message = "trust policy " + turn.policy;
    if (!turn.signer.empty()) message += "; signed by " + turn.signer;
    conditions.set("Trusted", "True", "Verified", message);
  } else {
    conditions.keep("Trusted");  // nothing new was looked at
  }
}

void set_alarms(ConditionSet& conditions, const RepositoryTurn& turn) {
  constexpr size_t kMaxNamed = 10;
  if (turn.freshness) {
    conditions.set("Fresh", turn.freshness->fresh ? "True" : "False",
                   turn.freshness->fresh ? "Fresh" : "Stale", turn.freshness->message);
  } else if (turn.error) {
    conditions.keep("Fresh");
  }
  if (turn.doubtful.empty()) {
    if (turn.error) conditions.keep("Compromised");
    return;
  }
  std::string names;
  for (size_t i = 0; i < std::min(turn.doubtful.size(), kMaxNamed); ++i) {
    names += (i > 0 ? ", " : "") + abbreviated(turn.doubtful[i]);
  }
  if (turn.doubtful.size() > kMaxNamed) {
    names += " and " + std::to_string(turn.doubtful.size() - kMaxNamed) + " more";
  }
  conditions.set("Compromised", "True", "KeyCompromised",
                 counted(turn.doubtful.size(), "commit") +
                     " accepted earlier signed by a compromised key: " + names);
}

}  // namespace

RepositoryStatus summarise_repository(const RepositoryTurn& turn,
                                      const RepositoryStatus& previous) {
  RepositoryStatus out = previous;
  out.observed_generation = turn.spec.generation;
  out.last_handled_sync = turn.spec.sync_requested;
  if (turn.revision) {
    out.revision = turn.revision->display();
    out.commit = turn.revision->commit.str();
    out.ref = turn.revision->ref.str();
  }
  ConditionSet conditions(previous.conditions, turn.spec.generation, turn.now);
  if (turn.spec.suspend) {
    conditions.set("Ready", "False", "Suspended", "fetching is suspended");
  } else if (turn.error) {
    std::string message = turn.error->summary();
    if (!turn.error->help().empty()) message += "; " + turn.error->help();
    // Only a revision that this process holds is in force; after a restart there may be none yet.
    if (turn.revision) message += "; still on " + out.revision;
    conditions.set("Ready", "False", turn.error->code().name, message);
    if (turn.error->retry() == Retry::permanent || turn.error->retry() == Retry::denied) {
      conditions.set("Stalled", "True", turn.error->code().name, message);
    }
  } else if (turn.revision) {
    conditions.set("Ready", "True", "Fetched",
                   out.revision + (turn.policy == "none" ? " (trust: none)" : ""));
  }
  set_trusted(conditions, turn);
  set_alarms(conditions, turn);
  out.conditions = std::move(conditions).take();
  return out;
}

}  // namespace plumb
