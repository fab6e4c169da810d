#include "control/endpoints.h"

#include "control/git_stores.h"
#include "control/ledger.h"
#include "control/secret_store.h"
#include "edge/os/process_usage.h"
#include "edge/server/webhook_route.h"

namespace plumb {
namespace {

std::optional<std::string> webhook_secret(World& world, const RepositoryKey& key) {
  const std::shared_ptr<const RepositoryEntry> entry = world.registry.repository(key);
  if (!entry || entry->spec.webhook_secret_ref.empty()) return std::nullopt;
  return world.secrets.token({key.namespace_, entry->spec.webhook_secret_ref});
}

bool any_webhook_secret(World& world) {
  for (const RepositoryKey& key : world.registry.repositories()) {
    if (webhook_secret(world, key)) return true;
  }
  return false;
}

const Condition* ready_condition(const AppEntry& app) {
  for (const Condition& condition : app.status.conditions) {
    if (condition.type == "Ready") return &condition;
  }
  return nullptr;
}

const char* state_of(const Condition* ready) {
  if (ready == nullptr) return "unknown";
  if (ready->status == "True") return "ready";
  return ready->status == "False" ? "failed" : "progressing";
}

Labels info_of(const AppKey& key, const AppEntry& app) {
  const Condition* ready = ready_condition(app);
  return {{"namespace", key.namespace_},
          {"name", key.name},
          {"repository", app.spec.repository.display()},
          {"state", state_of(ready)},
          {"reason", ready == nullptr ? "" : ready->reason},
          {"health", app.status.health}};
}

void export_apps(World& world, Gauge& by_state, Gauge& info) {
  std::map<std::string, double> counts{
      {"ready", 0}, {"failed", 0}, {"progressing", 0}, {"unknown", 0}};
  info.remove({});
  for (const AppKey& key : world.registry.apps()) {
    const auto app = world.registry.app(key);
    if (!app) continue;
    const Labels labels = info_of(key, *app);
    ++counts[labels.at("state")];
    info.set(labels, 1);
  }
  for (const auto& [state, count] : counts) by_state.set({{"state", state}}, count);
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

std::vector<Route> webhook_routes(World& world, MetricRegistry& metrics) {
  Counter& deliveries = metrics.counter(
      {.name = "plumb_webhook_deliveries", .help = "Webhook deliveries by outcome."});
  WebhookReceiver receiver;
  receiver.secret_of = [&world](const RepositoryKey& key) { return webhook_secret(world, key); };
  receiver.any_secret = [&world] { return any_webhook_secret(world); };
  receiver.trigger = [&world](const RepositoryKey& key, const WebhookTrigger&) {
    world.repository_queue.add(key, Lane::commit);
  };
  receiver.count = [&deliveries](const std::string& outcome) {
    deliveries.add({{"outcome", outcome}});
  };
  receiver.clock = &world.clock;
  return {webhook_route(std::move(receiver))};
}

TurnTimes turn_times(MetricRegistry& metrics) {
  return {metrics.histogram({.name = "plumb_turn_wait_seconds",
                             .help = "How long turns of apps waited in the queue, by lane.",
                             .unit = "seconds"}),
          metrics.histogram({.name = "plumb_turn_duration_seconds",
                             .help = "How long turns of apps took, by kind.",
                             .unit = "seconds"})};
}

void export_metrics(World& world, MetricRegistry& metrics) {
  export_process(metrics);
  Counter& turns = metrics.counter({.name = "plumb_turns", .help = "Turns of apps by kind."});
  Counter& failed = metrics.counter({.name = "plumb_turns_failed", .help = "Turns with an error."});
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
  metrics.collect([&] {
    const auto total = [](uint64_t n) { return static_cast<double>(n); };
    const uint64_t heals = world.counters.heals;
    turns.set_total({{"kind", "heal"}}, total(heals));
    turns.set_total({{"kind", "app"}}, total(world.counters.turns - heals));
    failed.set_total({}, total(world.counters.failed));
    writes.set_total({}, total(world.counters.status_writes));
    events.set_total({}, total(world.counters.events));
    for (const auto& [verb, count] : world.client.counters().by_verb) {
      requests.set_total({{"verb", verb}}, total(count));
    }
    const RenderCache::Counts cache = world.renders.counts();
    renders.set_total({{"result", "hit"}}, total(cache.hits));
    renders.set_total({{"result", "rendered"}}, total(cache.misses));
    const GitCounters git = world.stores.counters();
    queries.set_total({}, total(git.ref_queries));
    fetches.set_total({}, total(git.object_fetches));
    objects.set(static_cast<double>(world.live.objects()));
    waiting.set({{"queue", "apps"}}, static_cast<double>(world.app_queue.waiting()));
    waiting.set({{"queue", "repositories"}}, static_cast<double>(world.repository_queue.waiting()));
    export_apps(world, apps, info);
    if (const Ledger* ledger = world.ledger) {
      records.set_total({}, total(ledger->head().number));
      unwritten.set(static_cast<double>(ledger->waiting()));
    }
  });
}

}  // namespace plumb
