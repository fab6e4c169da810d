// What --remote-bases of a command line allows: bases of kustomizations that are fetched from other
// repositories while the person waits.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "edge/git/fetching_bases.h"
#include "model/remote_base.h"

namespace plumb {

struct RemoteBasesOptions {
  std::vector<std::string> allowed = {};  // hosts and paths: edge/git/allowed_remotes.h
  GitOptions git = {.allow_http = true, .allow_file = true};
  std::string url = {};             // of the repository that names them, where it is known
  GitCredentials credentials = {};  // for its own server
};

// kInvalidArgument for what names no host.
[[nodiscard]] Result<std::shared_ptr<const RemoteBases>> remote_bases(RemoteBasesOptions options,
                                                                      std::stop_token stop);

}  // namespace plumb
