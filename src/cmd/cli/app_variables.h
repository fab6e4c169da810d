// The variables of an App as the operator has them: of the ConfigMaps and Secrets that it names,
// read with the rights of the person who asks, and its own. And what keeps the secret ones off the
// screen.
#pragma once

#include "base/redaction.h"
#include "cmd/text/diff_text.h"
#include "edge/cluster/cluster_client.h"
#include "model/substitution.h"

namespace plumb::cli {

[[nodiscard]] Result<Substitution> read_variables(ClusterClient& client, const Value& app);

// Fields that have a secret are shown as *** on both sides: what was there before may be one, too.
void hide_secrets(Comparison& comparison, const Redaction& secrets);

}  // namespace plumb::cli
