// What plumb-operator is told: by its flags, and by its surroundings. Value.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "control/election.h"
#include "edge/cluster/kubeconfig.h"
#include "edge/git/allowed_remotes.h"
#include "edge/git/git_store.h"

namespace plumb {

struct OperatorOptions {
  ClusterAccess access;
  std::string cache_directory = "/var/cache/plumb";
  std::string ledger_directory;  // of the ledger (control/ledger.h); "" for none
  std::string listen_address = "0.0.0.0";
  int listen_port = 8080;       // of /healthz, /readyz, /metrics; 0: a free one
  int webhook_port = 8081;      // of /hook; 0: a free one
  std::string watch_namespace;  // "": all
  // "none": repositories without a trust policy are applied; "required": none are; "": those that
  // are declared `trust: none`.
  std::string trust;
  GitOptions git;
  AllowedRemotes remote_bases;  // where bases of kustomizations may be fetched from
  int app_workers = 12;         // for each shard
  int repository_workers = 4;   // likewise
  Duration shutdown_within = std::chrono::seconds(5);
  // Of several replicas only the elected one works. Absent: there is no other replica.
  std::optional<ElectionOptions> election;
  // More than one: replicas divide the work among them (control/shard_election.h); needs election.
  uint32_t shards = 1;
  // A lease was lost, the work could not begin after it was won, or the cluster was restored from
  // a backup: the process must end. Runs on a thread of the operator.
  std::function<void(const Error&)> on_lost;
  Log log;
};

}  // namespace plumb
