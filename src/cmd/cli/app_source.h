// The repository of an app as it is now: fetched with the credentials of the Repository's Secret
// into a private directory that goes with this value. Who interrupts must end git first: the caller
// holds a section of the interrupts meanwhile.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/redaction.h"
#include "edge/cluster/cluster_client.h"
#include "edge/git/git_store.h"
#include "edge/os/private_directory.h"
#include "model/manifests.h"

namespace plumb::cli {

struct FetchedRepository {
  PrivateDirectory directory;
  std::shared_ptr<GitStore> store;
  Revision revision;
  std::string url;
  GitCredentials credentials;  // that it was fetched with
};
// `shallow`: the commit without its history.
[[nodiscard]] Result<FetchedRepository> fetch_repository(ClusterClient& client, const Value& app,
                                                         bool shallow, std::stop_token stop);

struct AppSource {
  std::string revision;  // display form
  Manifests manifests;
  Redaction secrets;  // that are in them
};
// Manifests of an app as its repository has them now, with bases of other repositories from where
// it is allowed.
[[nodiscard]] Result<AppSource> fetch_app_source(ClusterClient& client, const Value& app,
                                                 const std::vector<std::string>& remote_bases,
                                                 std::stop_token stop);

}  // namespace plumb::cli
