#include "control/operator.h"

#include <atomic>
#include <thread>
#include <vector>

#include "control/app_turn.h"
#include "control/endpoints.h"
#include "control/fights.h"
#include "control/git_stores.h"
#include "control/ledger.h"
#include "control/publish.h"
#include "control/repository_turn.h"
#include "control/secret_store.h"
#include "control/trust_policies.h"
#include "control/variable_store.h"
#include "core/health/health.h"
#include "core/spec/resources.h"
#include "core/status/status_json.h"
#include "edge/cluster/live_records.h"
#include "edge/cluster/watch.h"
#include "edge/server/http_server.h"

namespace plumb {
namespace {

// How long the first list of our own resources may take before the operator says that its CRDs are
// missing.
constexpr Duration kFirstList = std::chrono::seconds(30);

Value status_in(const Value& object) {
  const Value* status = object.find("status");
  return status == nullptr ? Value::map() : *status;
}

// The API server's audit log tells replicas apart by it.
std::string user_agent(const OperatorOptions& options) {
  std::string text = "plumb-operator";
  if (options.election) text += " (" + options.election->identity + ")";
  return text;
}

}  // namespace

class Operator::Graph {
 public:
  Graph(OperatorOptions options, std::unique_ptr<ClusterClient> client,
        std::shared_ptr<Fence> fence)
      : options_(std::move(options)),
        log_(options_.log),
        fence_(std::move(fence)),
        client_(std::move(client)),
        live_(*client_, {.assess_health = [](const Value& object) { return assess(object); },
                         .on_change = [this](const LiveChange& change) { on_change(change); },
                         .log = log_}),
        secrets_(*client_, [this](const NamespacedName& name) { on_secret(name); }),
        variables_(*client_, [this](const AppKey& app) { app_queue_.add(app, Lane::commit); }),
        stores_(options_.cache_directory, options_.git),
        policies_(options_.git),
        world_{*client_,
               live_,
               renders_,
               registry_,
               secrets_,
               variables_,
               stores_,
               fights_,
               policies_,
               app_queue_,
               repository_queue_,
               counters_,
               turn_times(metrics_),
               clock_,
               log_,
               options_.trust,
               "plumb-operator"} {}

  ~Graph() { stop(); }

  [[nodiscard]] Result<void> start();
  void stop();
  [[nodiscard]] int port() const { return probes_ ? probes_->port() : 0; }
  [[nodiscard]] uint64_t turns() const { return counters_.turns; }
  [[nodiscard]] int webhook_port() const { return webhooks_ ? webhooks_->port() : 0; }

 private:
  void on_change(const LiveChange& change);
  void on_secret(const NamespacedName& name);
  void refuse(const ObjectKey& resource, const Value& body, Error error);
  void on_repository(const WatchEvent& event);
  void on_app(const WatchEvent& event);
  void on_trust_policy(const WatchEvent& event);
  void follow_secrets();
  [[nodiscard]] Result<void> begin_work(const std::string& ledger_head) EXCLUDES(lifecycle_);
  [[nodiscard]] std::string ledger_head() const;
  [[nodiscard]] Result<void> campaign();
  [[nodiscard]] WatchOptions watch_of(const ApiResource& resource) const;
  [[nodiscard]] ServerOptions server_at(int port) const;
  void start_workers();
  [[nodiscard]] Result<void> wait_for_first_lists();

  const OperatorOptions options_;
  const Log log_;
  const SystemClock clock_;
  const std::shared_ptr<Fence> fence_;  // null without an election
  // In order of construction; destroyed the other way round, so nothing outlives what it refers to.
  std::unique_ptr<ClusterClient> client_;
  RenderCache renders_;
  Registry registry_;
  WorkQueue app_queue_;
  WorkQueue repository_queue_;
  TurnCounters counters_;
  MetricRegistry metrics_;
  LiveStore live_;
  SecretStore secrets_;
  VariableStore variables_;
  GitStores stores_;
  Fights fights_;
  TrustPolicies policies_;
  World world_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Watch> trust_policies_;
  std::unique_ptr<Watch> repositories_;
  std::unique_ptr<Watch> apps_;
  std::vector<std::jthread> workers_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> stopping_{false};
  Mutex lifecycle_;  // work begins on a thread of the election, and may be stopped meanwhile
  std::unique_ptr<HttpServer> probes_;
  std::unique_ptr<HttpServer> webhooks_;
  std::unique_ptr<Election> election_;
};

void Operator::Graph::on_change(const LiveChange& change) {
  using Kind = LiveChange::Kind;
  switch (change.kind) {
    case Kind::synced_kind:
      for (const AppKey& app : registry_.apps_awaiting(change.key.group_kind())) {
        app_queue_.add(app, Lane::first_sync);
      }
      return;
    case Kind::drifted:
    case Kind::deleted:
      // The inventory decides whose object it is; a label alone could have been copied.
      if (registry_.owner_of(change.key) == change.app)
        app_queue_.add_object(change.app, change.key);
      return;
    case Kind::gone:
      if (registry_.app(change.app)) app_queue_.add(change.app, Lane::commit);
      return;
    case Kind::appeared:
      return;
    case Kind::health_changed:
      if (registry_.app(change.app)) app_queue_.add(change.app, Lane::sweep);
      return;
    case Kind::settled:
      if (registry_.app(change.app)) app_queue_.add(change.app, Lane::commit);
      return;
  }
}

void Operator::Graph::on_secret(const NamespacedName& name) {
  for (const RepositoryKey& key : registry_.repositories_with_secret(name)) {
    repository_queue_.add(key, Lane::commit);
  }
}

void Operator::Graph::refuse(const ObjectKey& resource, const Value& body, Error error) {
  log_.warn("resource not understood; it is left as it is",
            {{"resource", resource.display()}, {"error", error.summary()}});
  registry_.refuse(
      resource,
      {status_in(body), body.integer_at({"metadata", "generation"}).value_or(0), std::move(error)});
}

void Operator::Graph::on_repository(const WatchEvent& event) {
  const RepositoryKey key{{event.object.string_at({"metadata", "namespace"}),
                           event.object.string_at({"metadata", "name"})}};
  if (event.type == WatchEvent::Type::deleted) {
    registry_.admit(object_key(key));
    registry_.remove_repository(key);
    repository_queue_.forget(key);
    return;
  }
  Result<RepositorySpec> spec = decode_repository(event.object);
  if (!spec) {
    refuse(object_key(key), event.object, std::move(spec).error());
    repository_queue_.add(key, Lane::commit);
    return;
  }
  registry_.admit(object_key(key));
  const std::shared_ptr<const RepositoryEntry> known = registry_.repository(key);
  if (known && known->spec == *spec) return;  // our own status write
  // A status that cannot be read is only a report: it is written anew.
  Result<RepositoryStatus> status = repository_status_of(status_in(event.object));
  registry_.put_repository(std::move(*spec), event.object.string_at({"metadata", "uid"}),
                           std::move(status).value_or(RepositoryStatus{}));
  repository_queue_.add(key, Lane::commit);
}

void Operator::Graph::on_app(const WatchEvent& event) {
  const AppKey key{{event.object.string_at({"metadata", "namespace"}),
                    event.object.string_at({"metadata", "name"})}};
  if (event.type == WatchEvent::Type::deleted) {
    registry_.admit(object_key(key));
    const std::shared_ptr<const AppEntry> gone = registry_.app(key);
    for (const AppKey& app : registry_.remove_app(key)) app_queue_.add(app, Lane::commit);
    variables_.forget(key);
    app_queue_.forget(key);
    if (!gone) return;
    // What it depends on may have waited for it to go.
    for (const AppKey& app : gone->spec.depends_on) app_queue_.add(app, Lane::commit);
    for (const AppKey& app : registry_.end_wait_for_claims(gone->spec.repository)) {
      app_queue_.add(app, Lane::commit);
    }
    return;
  }
  Result<AppSpec> spec = decode_app(event.object);
  if (!spec && is_being_deleted(event.object)) {
    // Who deletes it must not have to mend it first.
    log_.warn("app is deleted by what can be read of it",
              {{"app", key.display()}, {"error", spec.error().summary()}});
    spec = decode_deleted_app(event.object);
  }
  if (!spec) {
    refuse(object_key(key), event.object, std::move(spec).error());
    app_queue_.add(key, Lane::commit);
    return;
  }
  Result<AppStatus> status = app_status_of(status_in(event.object));
  if (!status) {
    // An inventory that cannot be read must not be replaced by an empty one: leave the app alone.
    refuse(object_key(key), event.object, std::move(status).error());
    app_queue_.add(key, Lane::commit);
    return;
  }
  registry_.admit(object_key(key));
  const Lane lane = status->inventory.empty() ? Lane::first_sync : Lane::commit;
  if (registry_.put_app(std::move(*spec), event.object.string_at({"metadata", "uid"}),
                        std::move(*status))) {
    app_queue_.add(key, lane);
  } else if (!app_queue_.is_active(key) &&
             registry_.put_foreign_status(key, version_of(event.object), status_in(event.object))) {
    // It holds the inventory, which the next start will go by.
    log_.warn("status was changed by somebody else; it is written again", {{"app", key.display()}});
    app_queue_.add(key, Lane::commit);
  }
}

void Operator::Graph::on_trust_policy(const WatchEvent& event) {
  const std::string name = event.object.string_at({"metadata", "name"});
  const bool changed = event.type == WatchEvent::Type::deleted ? policies_.remove(name)
                                                               : policies_.put(event.object);
  if (!changed) return;  // our own status write
  for (const RepositoryKey& key : registry_.repositories()) {
    repository_queue_.add(key, Lane::commit);
  }
}

void Operator::Graph::follow_secrets() {
  std::set<NamespacedName> names;
  for (const RepositoryKey& key : registry_.repositories()) {
    const std::shared_ptr<const RepositoryEntry> entry = registry_.repository(key);
    if (!entry) continue;
    for (const std::string& name : {entry->spec.secret_ref, entry->spec.webhook_secret_ref}) {
      if (!name.empty()) names.insert({key.namespace_, name});
    }
  }
  secrets_.follow(names);
}

WatchOptions Operator::Graph::watch_of(const ApiResource& resource) const {
  WatchOptions options{.resource = resource};
  options.namespace_ = options_.watch_namespace;
  options.log = log_;
  return options;
}

ServerOptions Operator::Graph::server_at(int port) const {
  ServerOptions options;
  options.address = options_.listen_address;
  options.port = static_cast<uint16_t>(port);
  options.log = log_;
  return options;
}

Result<void> Operator::Graph::start() {
  export_metrics(world_, metrics_);
  probes_ = TRY(HttpServer::start(server_at(options_.listen_port),
                                  probe_routes(metrics_, [this] { return ready_.load(); })));
  return options_.election ? campaign() : begin_work("");
}

Result<void> Operator::Graph::campaign() {
  // A connection of its own: a renewal must not wait behind the writes of a sync.
  ClientOptions client_options;
  client_options.user_agent = user_agent(options_);
  client_options.log = log_;
  std::unique_ptr<ClusterClient> client =
      TRY(ClusterClient::connect(options_.access, client_options));
  ready_ = true;  // to stand by is what this replica is for
  const auto on_elected = [this](const std::string& head) {
    const Result<void> begun = begin_work(head);
    if (!begun && !stopping_) options_.on_lost(begun.error());
  };
  election_ = TRY(Election::start(std::move(client), *options_.election, fence_,
                                  {.on_elected = on_elected,
                                   .on_lost = options_.on_lost,
                                   .ledger_head = [this] { return ledger_head(); }},
                                  log_));
  log_.info("operator stands by", {{"cluster", client_->server()}, {"port", port()}});
  return {};
}

std::string Operator::Graph::ledger_head() const {
  const Ledger* ledger = world_.ledger;
  if (ledger == nullptr) return "";
  const audit::Head head = ledger->head();
  return head.number == 0 ? "" : audit::to_string(head);
}

Result<void> Operator::Graph::begin_work(const std::string& ledger_head) {
  MutexLock lock(lifecycle_);
  if (stopping_) return {};
  if (!options_.ledger_directory.empty()) {
    ledger_ = TRY(Ledger::open(options_.ledger_directory, ledger_head, log_));
    world_.ledger = ledger_.get();
  }
  webhooks_ =
      TRY(HttpServer::start(server_at(options_.webhook_port), webhook_routes(world_, metrics_)));
  const auto on_error = [this](const Error& error) {
    log_.warn("watch of our own resources failed", {{"error", error.summary()}});
    if (error.code() == kHistoryWentBack) options_.on_lost(error);
  };
  // Cluster-scoped, whatever namespace is watched.
  WatchOptions of_policies = watch_of(kTrustPolicyResource);
  of_policies.namespace_.clear();
  of_policies.list_after_loss = true;
  trust_policies_ = std::make_unique<Watch>(
      *client_, of_policies,
      WatchCallbacks{.on_event = [this](const WatchEvent& event) { on_trust_policy(event); },
                     .on_error = on_error});
  WatchOptions of_repositories = watch_of(kRepositoryResource);
  of_repositories.list_after_loss = true;  // they are few and small
  repositories_ = std::make_unique<Watch>(
      *client_, of_repositories,
      WatchCallbacks{.on_event = [this](const WatchEvent& event) { on_repository(event); },
                     .on_error = on_error});
  apps_ = std::make_unique<Watch>(
      *client_, watch_of(kAppResource),
      WatchCallbacks{.on_event = [this](const WatchEvent& event) { on_app(event); },
                     .on_error = on_error});
  TRY(wait_for_first_lists());
  // No turn begins before all policies and inventories are known: what is trusted, and whose an
  // object is, must not depend on the order of events.
  start_workers();
  ready_ = true;
  log_.info("operator started", {{"cluster", client_->server()},
                                 {"apps", registry_.apps().size()},
                                 {"port", port()},
                                 {"webhook_port", webhook_port()}});
  return {};
}

Result<void> Operator::Graph::wait_for_first_lists() {
  const Deadline deadline = Deadline::in(kFirstList);
  while (!trust_policies_->synced() || !repositories_->synced() || !apps_->synced()) {
    if (stopping_) return Error(kCancelled, "the operator is stopping");
    if (deadline.passed()) {
      return Error(kDeadlineExceeded, "the lists of plumb.dev resources did not arrive",
                   Retry::transient)
          .with_help("are the CRDs of deploy/crds applied, and may this ServiceAccount list them?");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // start-up only
  }
  return {};
}

void Operator::Graph::start_workers() {
  for (int i = 0; i < options_.app_workers; ++i) {
    // The first worker takes heals only, so that a first sync of many apps never delays one.
    const Lane lowest = i == 0 ? Lane::heal : Lane::sweep;
    workers_.emplace_back([this, lowest] {
      while (std::optional<WorkItem> item = app_queue_.take(lowest)) {
        app_turn(world_, *item);
        app_queue_.done(item->key);
      }
    });
  }
  for (int i = 0; i < options_.repository_workers; ++i) {
    workers_.emplace_back([this](const std::stop_token& stop) {
      while (std::optional<WorkItem> item = repository_queue_.take(Lane::sweep)) {
        follow_secrets();
        repository_turn(world_, RepositoryKey{item->key}, stop);
        repository_queue_.done(item->key);
      }
    });
  }
}

void Operator::Graph::stop() {
  stopping_ = true;
  {
    MutexLock lock(lifecycle_);
    app_queue_.stop();
    repository_queue_.stop();
    // A sync of thousands of objects would outlast the grace period. Where it ends is of no matter:
    // what may exist stands in the inventory.
    client_->close();
    for (std::jthread& worker : workers_) worker.request_stop();
    workers_.clear();  // joins
    apps_.reset();
    repositories_.reset();
    trust_policies_.reset();
    webhooks_.reset();
    if (ledger_) ledger_->close();
  }
  election_.reset();  // nothing is written any more: another replica may begin
  probes_.reset();
}

Operator::Operator(std::unique_ptr<Graph> graph) : graph_(std::move(graph)) {}
Operator::~Operator() = default;

Result<std::unique_ptr<Operator>> Operator::start(OperatorOptions options) {
  const auto fence = options.election ? std::make_shared<Fence>() : nullptr;
  ClientOptions client_options;
  client_options.user_agent = user_agent(options);
  client_options.log = options.log;
  client_options.fence = fence;
  std::unique_ptr<ClusterClient> client =
      TRY(ClusterClient::connect(options.access, client_options));
  TRY(client->discover());
  auto graph = std::make_unique<Graph>(std::move(options), std::move(client), fence);
  TRY(graph->start());
  return std::unique_ptr<Operator>(new Operator(std::move(graph)));
}

int Operator::port() const {
  return graph_->port();
}
int Operator::webhook_port() const {
  return graph_->webhook_port();
}
uint64_t Operator::turns() const {
  return graph_->turns();
}
void Operator::stop() {
  graph_->stop();
}

}  // namespace plumb
