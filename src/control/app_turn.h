// One turn of an App from the queue: reconcile, fold the record into a status, publish it if it
// differs, record Events of transitions, and queue what must come next. Waiting is re-queueing,
// never sleeping.
#pragma once

#include "control/world.h"

namespace plumb {

void app_turn(World& world, const WorkItem& item);

}  // namespace plumb
