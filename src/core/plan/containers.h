// keep_containers: whoever deletes a Namespace or a CustomResourceDefinition deletes all that is in
// it. So neither is deleted while something that is to stay is in it. Pure.
#pragma once

#include <set>
#include <vector>

#include "model/object.h"
#include "model/observed.h"
#include "model/plan.h"

namespace plumb {

// steps: the removals of a plan. wanted: what the source asks for. A deletion of a container
// becomes a KeepAction where something wanted or not observed is in it, to be looked at again in
// the next turn, and a ReleaseAction where something is in it that this plan lets go and that is
// still there.
void keep_containers(std::vector<Step>& steps, const std::set<ObjectKey>& wanted,
                     const Observed& observed);

}  // namespace plumb
