// Operator: the object graph of plumb-operator: client, live store, Git stores, registry, queues,
// watches and worker threads, wired together and run until told to stop. Everything is owned here;
// nothing is global.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "control/election.h"
#include "edge/cluster/kubeconfig.h"
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
  int app_workers = 8;
  int repository_workers = 4;
  Duration shutdown_within = std::chrono::seconds(5);
  // Of several replicas only the elected one works. Absent: there is no other replica.
  std::optional<ElectionOptions> election;
  // The lease was lost, the work could not begin after it was won, or the cluster was restored from
  // a backup: the process must end. Runs on a thread of the operator.
  std::function<void(const Error&)> on_lost;
  Log log;
};

class Operator {
 public:
  // Connects, discovers, starts watches and workers; with an election only the probes, and the
  // rest when it is won. Errors: unreachable cluster, missing CRDs, port in use.
  [[nodiscard]] static Result<std::unique_ptr<Operator>> start(OperatorOptions options);
  ~Operator();  // stops

  [[nodiscard]] int port() const;
  [[nodiscard]] int webhook_port() const;
  [[nodiscard]] uint64_t turns() const;  // of Apps, until now
  // Finishes the requests in flight and ends all threads, within shutdown_within.
  void stop();

 private:
  class Graph;
  explicit Operator(std::unique_ptr<Graph> graph);
  std::unique_ptr<Graph> graph_;
};

}  // namespace plumb
