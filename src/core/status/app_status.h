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

#include "model/status.h"

namespace plumb {

[[nodiscard]] AppStatus summarise(const TurnRecord& turn, const AppStatus& previous);

// Equal but for timestamps and for the counts of a progress that goes on ("1 of 3 replicas"): such
// a status is not written, which bounds the writes of a rollout.
[[nodiscard]] bool same_but_for_times(const AppStatus& a, const AppStatus& b);

}  // namespace plumb
