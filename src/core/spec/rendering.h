// The fields of an App that change what its path renders to: images, patches, components and
// postBuild. Pure; reentrant.
#pragma once

#include "core/spec/spec_fields.h"
#include "model/overlay.h"
#include "model/substitution.h"

namespace plumb {

[[nodiscard]] std::vector<VariableSource> decode_substitute_from(SpecFields& spec);

// Reports what is wrong in them; `spec` is spec of an App.
void check_rendering(SpecFields& spec);

}  // namespace plumb
