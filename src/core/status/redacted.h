// What a turn tells, without secrets: status, Events, ledger and log are made from its record.
// Names of objects stay: they are public wherever they come from. Pure.
#pragma once

#include "base/redaction.h"
#include "model/status.h"

namespace plumb {

[[nodiscard]] TurnRecord redacted(TurnRecord record, const Redaction& secrets);

}  // namespace plumb
