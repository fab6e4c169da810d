// An attempt: the manifests of a revision brought here under one spec. A later revision that has
// the same ones goes on with it: in a repository of many apps most commits are about others.
// spec.timeout counts from when they were first applied without anything failing, so far as their
// waves let them; to wait for another App, or for an object that is refused, is not held against
// them. The time stands in the status (lastAttemptedSince), and what it is of, so that it outlives
// the operator; a status that is written for its own sake has it. Pure.
#pragma once

#include <optional>
#include <string>

#include "model/spec.h"
#include "model/status.h"

namespace plumb {

// Of two states of an app, whether both are of one attempt.
[[nodiscard]] bool is_same_attempt(const AppStatus& before, const AppStatus& after);

// Whether the entry is of what is attempted.
[[nodiscard]] bool is_of(const HistoryEntry& entry, const AppStatus& status);

// Notes in the status what a turn of the whole app attempts. One that ended before it knew its
// manifests leaves the time alone.
void note_attempt(AppStatus& out, const TurnRecord& turn, const AppStatus& previous);

// The first revision with the manifests that were brought here last, where they never were healthy;
// "" where that is none: what was healthy once is not made unhealthy by its commit.
[[nodiscard]] std::string unproven_revision(const AppStatus& status);

// When the app began to move, of an attempt or of a heal that takes its time; nullopt: it does not.
[[nodiscard]] std::optional<WallTime> moving_since(const AppStatus& status);

// How long until spec.timeout passes for what is not healthy; nullopt where nothing waits for it.
[[nodiscard]] std::optional<Duration> deadline_in(const AppSpec& app, const AppStatus& status,
                                                  WallTime now);

}  // namespace plumb
