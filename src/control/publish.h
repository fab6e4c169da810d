// Publishing: the single writer of the status of our custom resources, and of Events. Nothing is
// written that is equal to what is there but for times.
#pragma once

#include <string>
#include <vector>

#include "control/published_status.h"
#include "control/world.h"
#include "model/status.h"

namespace plumb {

inline const ApiResource kAppResource{{kApiGroup, kApiVersion, "App"}, "apps", true};
inline const ApiResource kRepositoryResource{
    {kApiGroup, kApiVersion, "Repository"}, "repositories", true};

[[nodiscard]] ObjectKey object_key(const AppKey& key);
[[nodiscard]] ObjectKey object_key(const RepositoryKey& key);

// Replaces the published status by `status` (a merge patch of what differs). Yields the version of
// the resource by that; 0 where nothing had to be written. kObjectNotFound when it is gone.
[[nodiscard]] Result<uint64_t> publish_status(World& world, const ApiResource& resource,
                                              const ObjectKey& key, const PublishedStatus& before,
                                              const Value& status);

// Best effort: an Event that cannot be written is logged and forgotten.
void record_events(World& world, const ObjectKey& about, const std::string& uid,
                   const std::vector<Notice>& notices);

// For a resource that cannot be decoded (Registry::refuse): says why in its status. False if it can
// be decoded.
bool report_refusal(World& world, const ApiResource& resource, const ObjectKey& key);

}  // namespace plumb
