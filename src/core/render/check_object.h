// Checks of one document that need no cluster: that it is a Kubernetes object, its names, labels
// and annotations, and the data of Secrets and ConfigMaps. What only the cluster knows (whether a
// kind exists, is namespaced, has a field) is the planner's and the API server's to say.
// No message ever holds a value of a Secret.
#pragma once

#include "core/render/document.h"

namespace plumb::rendering {

// Adds every problem found.
void check_object(const SourceDocument& document, Problems& problems);

// Adds a warning for what an export from a cluster leaves behind, and takes it out together with
// the fields that the server sets.
void strip_server_fields(SourceDocument& document, std::vector<Warning>& warnings);

}  // namespace plumb::rendering
