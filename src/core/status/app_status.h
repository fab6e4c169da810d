// summarise: the fold of one turn's record over the status before it. Pure; conditions follow
// kstatus.
//
// Ready is True (Applied) when every manifest is applied and every object current; Unknown while
// the app moves by itself (Progressing, Deleting); else False. The reasons are stable:
// - the stage that stopped the turn: SourceNotReady, NotTrusted, RenderFailed, PlanFailed,
//   InventoryNotRecorded;
// - what the server refused: ApplyFailed, Conflict, PruneFailed;
// - what the plan refused: OwnedByAnotherApp, UnknownKind, ApiGroupNotDiscovered, BadWave;
// - deletions that wait for a person: PruneHeld, EmptyRender;
// - HealthCheckFailed: an object failed, or spec.timeout passed;
// - Suspended.
// Healthy tells the health of the objects apart from the rest. Present only while True: Reconciling
// (the app moves by itself; its time is that of the revision), Stalled (nothing but a change can
// help), Drifted (spec.heal is warn or off).
//
// A turn that heals some objects never mends a verdict about the whole app. At most 20 problems, 10
// history entries and 32 KiB a message.
#pragma once

#include "base/digest.h"
#include "model/status.h"

namespace plumb {

[[nodiscard]] AppStatus summarise(const TurnRecord& turn, const AppStatus& previous);

// What the first sync of an app says when it writes its inventory ahead: that it is on its way.
// Before that nothing is said at all, which kstatus takes for done. No write of its own.
[[nodiscard]] AppStatus announce(const TurnRecord& turn, const AppStatus& previous, WallTime now);

// Of all that a status says but timestamps, and the counts of a progress that goes on ("1 of 3
// replicas"): while this is the same nothing is written, which bounds the writes of a rollout.
[[nodiscard]] Fingerprint essence_of(const AppStatus& status);

// The app moves by itself, and nothing is wrong: a status that its end will soon replace.
[[nodiscard]] bool is_on_its_way(const AppStatus& status);

}  // namespace plumb
