#include "control/endpoints.h"

#include "control/base_fetches.h"
#include "control/git_stores.h"
#include "control/ledger.h"
#include "control/secret_store.h"
#include "control/target_clusters.h"
#include "core/status/conditions.h"
#include "edge/os/process_usage.h"
#include "edge/server/webhook_route.h"

namespace plumb {
namespace {

const char* state_of(const Condition* ready) {
  if (ready == nullptr) return "unknown";
  if (ready->status == "True") return "ready";
  return ready->status == "False" ? "failed" : "progressing";
}

Labels info_of(const AppKey& key, const AppEntry& app) {
  const Condition* ready = find_condition(app.status.brief().conditions, "Ready");
  return {{"namespace", key.namespace_},
          {"name", key.name},
          {"repository", app.spec.repository.display()},
          {"state", state_of(ready)},
          {"reason", ready == nullptr ? "" : ready->reason},
          {"health", app.status.brief().health}};
}

// Under the names that every dashboard of a process knows.
void export_process(MetricRegistry& metrics) {
  Counter& cpu = metrics.counter({.name = "process_cpu_seconds",
                                  .help = "CPU time of this process, its children not counted.",
                                  .unit = "seconds"});
  Gauge& memory = metrics.gauge({.name = "process_resident_memory_bytes",
                                 .help = "Memory of this process.",
                                 .unit = "bytes"});
  Gauge& files = metrics.gauge({.name = "process_open_fds", .help = "Open file descriptors."});
  Gauge& began = metrics.gauge({.name = "process_start_time_seconds",
                                .help = "When the process began, since 1970.",
                                .unit = "seconds"});
  metrics.collect([&] {
    const std::optional<ProcessUsage> usage = process_usage();
    if (!usage) return;
    cpu.set_total({}, usage->cpu_seconds);
    memory.set(static_cast<double>(usage->resident_bytes));
    files.set(static_cast<double>(usage->open_files));
    began.set(usage->start_time);
  });
}

}  // namespace

std::optional<std::string> webhook_token(const World& world, const RepositoryKey& key) {
  const std::shared_ptr<const RepositoryEntry> entry = world.registry.repository(key);
  if (!entry || entry->spec.webhook_secret_ref.empty()) return std::nullopt;
  return world.secrets.token({key.namespace_, entry->spec.webhook_secret_ref});
}

bool has_webhook_token(const World& world) {
  for (const RepositoryKey& key : world.registry.repositories()) {
    if (webhook_token(world, key)) return true;
  }
  return false;
}

std::vector<Route> probe_routes(MetricRegistry& metrics, std::function<bool()> ready) {
  return {
      {"GET", "/healthz", [](const ServerRequest&) { return ServerReply{.body = "ok\n"}; }, 0},
      {"GET", "/readyz",
       [ready = std::move(ready)](const ServerRequest&) {
         return ready() ? ServerReply{.body = "ok\n"}
                        : error_reply(503, "NotReady", "the first lists are not complete yet");
       },
       0},
      {"GET", "/metrics",
       [&metrics](const ServerRequest&) {
         return ServerReply{.content_type = kOpenMetricsContentType, .body = metrics.openmetrics()};
       },
       0},
  };
}

std::vector<Route> webhook_routes(const WebhookTargets& targets, MetricRegistry& metrics) {
  Counter& deliveries = metrics.counter(
      {.name = "plumb_webhook_deliveries", .help = "Webhook deliveries by outcome."});
  WebhookReceiver receiver;
  receiver.secret_of = targets.token_of;
  receiver.any_secret = targets.any_token;
  receiver.trigger = [fetch = targets.fetch](const RepositoryKey& key, const WebhookTrigger&) {
    fetch(key);
  };
  receiver.count = [&deliveries](const std::string& outcome) {
    deliveries.add({{"outcome", outcome}});
  };
  receiver.clock = targets.clock;
  return {webhook_route(std::move(receiver))};
}

TargetTotals& TargetTotals::operator+=(const TargetTotals& other) {
  // Lost for one is lost, since the first of them lost it; connected is since all are.
  if (connected == other.connected) {
    since = connected ? std::max(since, other.since) : std::min(since, other.since);
  } else if (connected) {
    since = other.since;
  }
  connected = connected && other.connected;
  apps += other.apps;
  requests += other.requests;
  failed += other.failed;
  losses += other.losses;
  return *this;
}

Totals& Totals::operator+=(const Totals& other) {
  turns += other.turns;
  heals += other.heals;
  failed += other.failed;
  held_back += other.held_back;
  status_writes += other.status_writes;
  events += other.events;
  for (const auto& [verb, count] : other.requests) requests[verb] += count;
  render_hits += other.render_hits;
  renders += other.renders;
  ref_queries += other.ref_queries;
  fetches += other.fetches;
  ledger_records += other.ledger_records;
  ledger_waiting += other.ledger_waiting;
  objects += other.objects;
  apps_waiting += other.apps_waiting;
  repositories_waiting += other.repositories_waiting;
  has_ledger = has_ledger || other.has_ledger;
  for (const auto& [state, count] : other.apps) apps[state] += count;
  app_infos.insert(app_infos.end(), other.app_infos.begin(), other.app_infos.end());
  for (const auto& [labels, target] : other.targets) targets[labels] += target;
  return *this;
}

void Totals::forget_state() {
  ledger_waiting = objects = apps_waiting = repositories_waiting = 0;
  // Its records are another replica's to count.
  ledger_records = 0;
  has_ledger = false;
  apps.clear();
  app_infos.clear();
  targets.clear();
}

namespace {

// Of several shards each counts those of its own apps.
size_t objects_in(const World& world, const LiveStore& live) {
  if (world.shard.is_all()) return live.objects();
  size_t out = 0;
  for (const auto& [app, count] : live.counts()) {
    if (world.registry.app(app)) out += count;
  }
  return out;
}

}  // namespace

Totals totals_of(const World& world) {
  Totals out;
  out.turns = world.counters.turns;
  out.heals = world.counters.heals;
  out.failed = world.counters.failed;
  out.held_back = world.counters.held_back;
  out.status_writes = world.counters.status_writes;
  out.events = world.counters.events;
  out.requests = world.client.counters().by_verb;
  const RenderCache::Counts cache = world.renders.counts();
  out.render_hits = cache.hits;
  out.renders = cache.misses;
  GitCounters git = world.stores.counters();
  git += world.bases.counters();
  out.ref_queries = git.ref_queries;
  out.fetches = git.object_fetches;
  if (const Ledger* ledger = world.ledger) {
    out.has_ledger = true;
    out.ledger_records = ledger->head().number;
    out.ledger_waiting = ledger->waiting();
  }
  out.apps_waiting = world.app_queue.waiting();
  out.repositories_waiting = world.repository_queue.waiting();
  for (const AppKey& key : world.registry.apps()) {
    const auto app = world.registry.app(key);
    if (!app) continue;
    out.app_infos.push_back(info_of(key, *app));
    ++out.apps[out.app_infos.back().at("state")];
  }
  for (const TargetClusters::Standing& one : world.targets.standings()) {
    out.targets[{
        {"namespace", one.secret.namespace_}, {"secret", one.secret.name}, {"key", one.key}}] = {
        .connected = one.connected,
        .since = one.since,
        .apps = one.apps,
        .requests = one.requests,
        .failed = one.failed,
        .losses = one.losses};
  }
  std::vector<std::shared_ptr<const Cluster>> clusters = world.targets.connected();
  clusters.push_back(world.own);
  for (const std::shared_ptr<const Cluster>& cluster : clusters) {
    out.objects += objects_in(world, cluster->live);
  }
  return out;
}

TurnTimes turn_times(MetricRegistry& metrics) {
  return {metrics.histogram({.name = "plumb_turn_wait_seconds",
                             .help = "How long turns of apps waited in the queue, by lane.",
                             .unit = "seconds"}),
          metrics.histogram({.name = "plumb_turn_duration_seconds",
                             .help = "How long turns of apps took, by kind.",
                             .unit = "seconds"})};
}

namespace {

// Of the targets of now alone: one that no App uses any more is not told of.
class TargetMetrics {
 public:
  explicit TargetMetrics(MetricRegistry& metrics)
      : up_(metrics.gauge({.name = "plumb_target_up", .help = "1 while it is connected."})),
        since_(metrics.gauge({.name = "plumb_target_since_seconds",
                              .help = "Since when it is connected, or not, since 1970.",
                              .unit = "seconds"})),
        apps_(metrics.gauge({.name = "plumb_target_apps", .help = "Apps in it."})),
        requests_(metrics.counter(
            {.name = "plumb_target_requests", .help = "Requests to its API server."})),
        failed_(metrics.counter(
            {.name = "plumb_target_requests_failed",
             .help = "Requests to its API server without an answer, or with an error."})),
        losses_(metrics.counter(
            {.name = "plumb_target_losses", .help = "Connections to it that were lost."})) {}

  void set(const std::map<Labels, TargetTotals>& targets) {
    for (Gauge* gauge : {&up_, &since_, &apps_}) gauge->remove({});
    for (Counter* counter : {&requests_, &failed_, &losses_}) counter->remove({});
    for (const auto& [labels, target] : targets) {
      up_.set(labels, target.connected ? 1 : 0);
      since_.set(labels, std::chrono::duration<double>(target.since.time_since_epoch()).count());
      apps_.set(labels, static_cast<double>(target.apps));
      requests_.set_total(labels, static_cast<double>(target.requests));
      failed_.set_total(labels, static_cast<double>(target.failed));
      losses_.set_total(labels, static_cast<double>(target.losses));
    }
  }

 private:
  Gauge& up_;
  Gauge& since_;
  Gauge& apps_;
  Counter& requests_;
  Counter& failed_;
  Counter& losses_;
};

}  // namespace

void export_metrics(MetricRegistry& metrics, std::function<Totals()> totals) {
  export_process(metrics);
  Counter& turns = metrics.counter({.name = "plumb_turns", .help = "Turns of apps by kind."});
  Counter& failed = metrics.counter({.name = "plumb_turns_failed", .help = "Turns with an error."});
  Counter& held_back = metrics.counter(
      {.name = "plumb_turns_held_back",
       .help = "Turns that found no room for their large manifests and came back later."});
  Counter& writes = metrics.counter(
      {.name = "plumb_status_writes", .help = "Writes of the status of our resources."});
  Counter& events = metrics.counter({.name = "plumb_events", .help = "Events recorded."});
  Counter& requests = metrics.counter(
      {.name = "plumb_api_requests", .help = "Requests to the API server by verb."});
  Counter& renders = metrics.counter({.name = "plumb_renders", .help = "Renders by cache result."});
  Counter& queries = metrics.counter({.name = "plumb_git_ref_queries", .help = "Ref queries."});
  Counter& fetches = metrics.counter({.name = "plumb_git_fetches", .help = "Object fetches."});
  Counter& records = metrics.counter(
      {.name = "plumb_ledger_records", .help = "Records of the ledger, by number."});
  Gauge& unwritten = metrics.gauge(
      {.name = "plumb_ledger_waiting", .help = "Records that could not be written yet."});
  Gauge& objects = metrics.gauge({.name = "plumb_managed_objects", .help = "Managed objects."});
  Gauge& apps = metrics.gauge({.name = "plumb_apps", .help = "Apps by state."});
  Gauge& info = metrics.gauge({.name = "plumb_app_info", .help = "Each app; always 1."});
  Gauge& waiting = metrics.gauge({.name = "plumb_queue_waiting", .help = "Keys that wait."});
  Gauge& shards = metrics.gauge(
      {.name = "plumb_shards", .help = "Shards that this replica works on, where there are some."});
  metrics.collect([&, totals = std::move(totals), targets = TargetMetrics(metrics)]() mutable {
    const auto number = [](uint64_t n) { return static_cast<double>(n); };
    const Totals now = totals();
    turns.set_total({{"kind", "heal"}}, number(now.heals));
    turns.set_total({{"kind", "app"}}, number(now.turns - now.heals));
    failed.set_total({}, number(now.failed));
    held_back.set_total({}, number(now.held_back));
    writes.set_total({}, number(now.status_writes));
    events.set_total({}, number(now.events));
    for (const auto& [verb, count] : now.requests) {
      requests.set_total({{"verb", verb}}, number(count));
    }
    renders.set_total({{"result", "hit"}}, number(now.render_hits));
    renders.set_total({{"result", "rendered"}}, number(now.renders));
    queries.set_total({}, number(now.ref_queries));
    fetches.set_total({}, number(now.fetches));
    objects.set(number(now.objects));
    waiting.set({{"queue", "apps"}}, number(now.apps_waiting));
    waiting.set({{"queue", "repositories"}}, number(now.repositories_waiting));
    for (const char* state : {"ready", "failed", "progressing", "unknown"}) {
      const auto count = now.apps.find(state);
      apps.set({{"state", state}}, count == now.apps.end() ? 0 : number(count->second));
    }
    info.remove({});
    for (const Labels& labels : now.app_infos) info.set(labels, 1);
    targets.set(now.targets);
    if (now.has_ledger) {
      records.set_total({}, number(now.ledger_records));
      unwritten.set(number(now.ledger_waiting));
    }
    if (now.shards) shards.set(number(*now.shards));
  });
}

}  // namespace plumb
