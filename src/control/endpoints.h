// The operator's HTTP routes: /healthz, /readyz and /metrics for the cluster, POST
// /hook/NAMESPACE/REPOSITORY for Git hosts. They are served by two servers, so that strangers
// cannot starve the kubelet.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "control/world.h"
#include "edge/server/http_types.h"
#include "edge/server/metrics.h"

namespace plumb {

// What a delivery of a webhook leads to.
struct WebhookTargets {
  std::function<std::optional<std::string>(const RepositoryKey&)> token_of;
  std::function<bool()> any_token;
  std::function<void(const RepositoryKey&)> fetch;
  const Clock* clock;
};
[[nodiscard]] std::optional<std::string> webhook_token(const World& world,
                                                       const RepositoryKey& key);
[[nodiscard]] bool has_webhook_token(const World& world);

// `ready` is asked on the server's thread.
[[nodiscard]] std::vector<Route> probe_routes(MetricRegistry& metrics, std::function<bool()> ready);
[[nodiscard]] std::vector<Route> webhook_routes(const WebhookTargets& targets,
                                                MetricRegistry& metrics);

// Makes the families that turns observe.
[[nodiscard]] TurnTimes turn_times(MetricRegistry& metrics);

// A target cluster by the Secret that leads there; what several shards have in it is one.
struct TargetTotals {
  bool connected = true;
  WallTime since = {};  // that it is so
  uint64_t apps = 0, requests = 0, failed = 0, losses = 0;

  TargetTotals& operator+=(const TargetTotals& other);
};

// What the parts of an operator count, for /metrics; of several shards the sum.
struct Totals {
  uint64_t turns = 0, heals = 0, failed = 0, held_back = 0, status_writes = 0, events = 0;
  std::map<std::string, uint64_t> requests;  // by verb
  uint64_t render_hits = 0, renders = 0, ref_queries = 0, fetches = 0, ledger_records = 0;
  // As it is now.
  size_t ledger_waiting = 0, objects = 0, apps_waiting = 0, repositories_waiting = 0;
  bool has_ledger = false;
  std::map<std::string, uint64_t> apps;  // by state
  std::vector<Labels> app_infos;
  // By namespace, secret and key: never by the URL, in which a secret might stand.
  std::map<Labels, TargetTotals> targets;
  std::optional<size_t> shards;  // where the work is divided: how many this replica has

  Totals& operator+=(const Totals& other);
  void forget_state();  // keeps what only grows
};
[[nodiscard]] Totals totals_of(const World& world);

// Copies them into metrics, before each text.
void export_metrics(MetricRegistry& metrics, std::function<Totals()> totals);

}  // namespace plumb
