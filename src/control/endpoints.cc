#include "control/endpoints.h"

#include "control/git_stores.h"
#include "control/ledger.h"
#include "control/secret_store.h"
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

const char* state_of(const AppEntry& app) {
  for (const Condition& condition : app.status.conditions) {
    if (condition.type != "Ready") continue;
    if (condition.status == "True") return "ready";
    return condition.status == "False" ? "failed" : "progressing";
  }
  return "unknown";
}

void export_apps(World& world, Gauge& apps) {
  std::map<std::string, double> by_state{
      {"ready", 0}, {"failed", 0}, {"progressing", 0}, {"unknown", 0}};
  for (const AppKey& key : world.registry.apps()) {
    if (const auto app = world.registry.app(key)) ++by_state[state_of(*app)];
  }
  for (const auto& [state, count] : by_state) apps.set({{"state", state}}, count);
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

void export_metrics(World& world, MetricRegistry& metrics) {
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
    export_apps(world, apps);
    if (const Ledger* ledger = world.ledger) {
      records.set_total({}, total(ledger->head().number));
      unwritten.set(static_cast<double>(ledger->waiting()));
    }
  });
}

}  // namespace plumb
