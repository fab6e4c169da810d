// summarise: the fold of one turn's record over the status before it. Pure; conditions follow
// kstatus.
//
// Condition Ready: True with reason Applied when every manifest is applied and healthy. Else False
// or Unknown with one of: SourceNotReady, RenderFailed, PlanFailed, ApplyFailed, PruneHeld,
// OwnedByAnotherApp, HealthCheckFailed, Progressing, Suspended, InventoryNotRecorded. Reconciling
// is present (True) only while the app moves by itself; Stalled only when nothing but a change can
// help. Healthy tells the health of the objects apart from the rest.
#pragma once

#include "model/status.h"

namespace plumb {

[[nodiscard]] AppStatus summarise(const TurnRecord& turn, const AppStatus& previous);

// Equal but for timestamps: such a status is not written.
[[nodiscard]] bool same_but_for_times(const AppStatus& a, const AppStatus& b);

}  // namespace plumb
