// An attempt: one revision brought here under one spec. spec.timeout counts from when it was first
// applied without anything failing, so far as its waves let it; to wait for another App, or for an
// object that is refused, is not held against it. The time stands in the status
// (lastAttemptedSince), so that it outlives the operator; a status that is written for its own sake
// has it. Pure.
#pragma once

#include <optional>
#include <string>

#include "model/spec.h"
#include "model/status.h"

namespace plumb {

// Of the attempt that the turn is of; WallTime{}: not yet.
[[nodiscard]] WallTime attempted_since(const TurnRecord& turn, const AppStatus& previous);

// The revision that was brought here last and never was healthy; "" where that is none: what was
// healthy once is not made unhealthy by its commit.
[[nodiscard]] std::string unproven_revision(const AppStatus& status);

// When the app began to move, of an attempt or of a heal that takes its time; nullopt: it does not.
[[nodiscard]] std::optional<WallTime> moving_since(const AppStatus& status);

// How long until spec.timeout passes for what is not healthy; nullopt where nothing waits for it.
[[nodiscard]] std::optional<Duration> deadline_in(const AppSpec& app, const AppStatus& status,
                                                  WallTime now);

}  // namespace plumb
