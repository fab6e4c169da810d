// Manifests of an app as its repository has them now: fetched with the credentials of the
// Repository's Secret into a private directory that is gone afterwards, also when interrupted.
#pragma once

#include <string>

#include "edge/cluster/cluster_client.h"
#include "edge/os/interrupts.h"
#include "model/manifests.h"

namespace plumb::cli {

struct AppSource {
  std::string revision;  // display form
  Manifests manifests;
};

[[nodiscard]] Result<AppSource> fetch_app_source(ClusterClient& client, const Value& app,
                                                 Interrupts& interrupts);

}  // namespace plumb::cli
