#include "control/shard_work.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "base/overloaded.h"
#include "control/app_shard.h"
#include "control/app_turn.h"
#include "control/base_fetches.h"
#include "control/fights.h"
#include "control/git_stores.h"
#include "control/ledger.h"
#include "control/publish.h"
#include "control/reference_store.h"
#include "control/repository_turn.h"
#include "control/secret_store.h"
#include "control/target_clusters.h"
#include "control/trust_policies.h"
#include "core/health/health.h"
#include "core/spec/resources.h"
#include "core/spec/shard.h"
#include "core/status/status_json.h"
#include "edge/cluster/live_records.h"
#include "edge/cluster/watch.h"

namespace plumb {
namespace {

// How long the first list of our own resources may take before the operator says that its CRDs are
// missing.
constexpr Duration kFirstList = std::chrono::seconds(30);

Value status_in(const Value& object) {
  const Value* status = object.find("status");
  return status == nullptr ? Value::map() : *status;
}

// The API server's audit log tells replicas, and their shards, apart by it.
std::string user_agent(const OperatorOptions& options, ShardId shard) {
  std::string text = "plumb-operator";
  if (!options.election) return text;
  text += " (" + options.election->identity;
  if (!shard.is_all()) text += "; shard " + shard.text();
  return text + ")";
}

// Each shard has a ledger of its own, wherever it is worked on.
std::string ledger_directory(const OperatorOptions& options, ShardId shard) {
  const std::string& directory = options.ledger_directory;
  return shard.is_all() || directory.empty() ? directory
                                             : directory + "/shard-" + std::to_string(shard.index);
}

std::string cache_directory(const OperatorOptions& options, ShardId shard) {
  return shard.is_all() ? options.cache_directory
                        : options.cache_directory + "/shard-" + std::to_string(shard.index);
}

}  // namespace

class ShardWork::Graph {
 public:
  Graph(const OperatorOptions& options, ShardId shard, std::unique_ptr<ClusterClient> client,
        ClientOptions of_clients, TurnTimes times, TurnRoom& room)
      : options_(options),
        log_(shard.is_all() ? options.log : options.log.with({{"shard", shard.text()}})),
        client_(std::move(client)),
        live_(*client_,
              {.assess_health = [](const Value& object) { return assess(object); },
               .on_change =
                   [this](const LiveChange& change) { on_change({}, kOwnConnection, change); },
               .log = log_}),
        secrets_(*client_, [this](const NamespacedName& name) { on_secret(name); }),
        references_(*client_, [this](const AppKey& app) { app_queue_.add(app, Lane::commit); }),
        stores_(cache_directory(options_, shard), options_.git),
        bases_(parts_of_bases(shard)),
        policies_(options_.git),
        own_{*client_, live_, fights_, {}, kOwnConnection},
        targets_(*client_, target_options(std::move(of_clients))),
        world_{.client = *client_,
               .own = {std::shared_ptr<void>(), &own_},
               .targets = targets_,
               .renders = renders_,
               .registry = registry_,
               .secrets = secrets_,
               .references = references_,
               .stores = stores_,
               .bases = bases_,
               .policies = policies_,
               .app_queue = app_queue_,
               .repository_queue = repository_queue_,
               .counters = counters_,
               .times = times,
               .room = room,
               .clock = clock_,
               .log = log_,
               .trust = options_.trust,
               .controller_id = "plumb-operator",
               .shard = shard} {}

  ~Graph() { stop(); }

  [[nodiscard]] Result<void> begin(const std::string& ledger_head) EXCLUDES(lifecycle_);
  void stop() EXCLUDES(lifecycle_);
  [[nodiscard]] World& world() { return world_; }

 private:
  [[nodiscard]] TargetOptions target_options(ClientOptions of_clients);
  void on_change(const ClusterId& cluster, uint64_t connection, const LiveChange& change);
  void on_secret(const NamespacedName& name);
  void refuse(const ObjectKey& resource, const Value& body, Error error);
  void on_repository(const WatchEvent& event);
  void put_repository(RepositorySpec spec, const std::string& uid, RepositoryStatus status);
  void on_app(const WatchEvent& event);
  void on_app_gone(const AppKey& key);
  void put_app(const Value& body, AppSpec spec, AppStatus status);
  void mend_status(const AppKey& key, const Value& body);
  void refuse_app(const AppKey& key, const Value& body, Error error);
  void on_trust_policy(const WatchEvent& event);
  void add_all(const std::set<AppKey>& apps);
  void follow_secrets();
  void start_watches();
  void start_workers();
  [[nodiscard]] BaseFetches::Parts parts_of_bases(ShardId shard);
  [[nodiscard]] WatchOptions watch_of(const ApiResource& resource) const;
  [[nodiscard]] WatchCallbacks callbacks_of_apps();
  [[nodiscard]] Result<void> wait_for_first_lists();
  [[nodiscard]] bool is_divided() const { return !world_.shard.is_all(); }

  const OperatorOptions options_;
  const Log log_;
  const SystemClock clock_;
  // In order of construction; destroyed the other way round, so nothing outlives what it refers to.
  std::unique_ptr<ClusterClient> client_;
  RenderCache renders_;
  Registry registry_;
  WorkQueue app_queue_;
  WorkQueue repository_queue_;
  TurnCounters counters_;
  LiveStore live_;
  SecretStore secrets_;
  ReferenceStore references_;
  GitStores stores_;
  BaseFetches bases_;
  Fights fights_;
  TrustPolicies policies_;
  const Cluster own_;
  TargetClusters targets_;
  World world_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Watch> trust_policies_;
  std::unique_ptr<Watch> repositories_;
  std::unique_ptr<Watch> apps_;
  std::vector<std::jthread> workers_;
  std::atomic<bool> stopping_{false};
  Mutex lifecycle_;  // work begins on a thread of the election, and may be stopped meanwhile
};

TargetOptions ShardWork::Graph::target_options(ClientOptions of_clients) {
  const size_t turns = std::max<size_t>(static_cast<size_t>(options_.app_workers) / 2, 1);
  return {.client = std::move(of_clients),
          .assess_health = [](const Value& object) { return assess(object); },
          .on_change = [this](const ClusterId& cluster, uint64_t connection,
                              const LiveChange& change) { on_change(cluster, connection, change); },
          .wake = [this](const std::set<AppKey>& apps) { add_all(apps); },
          .turns_at_once = turns,
          .turns_in_one = std::max<size_t>(turns - 1, 1),
          .log = log_,
          .clock = &clock_};
}

void ShardWork::Graph::on_change(const ClusterId& cluster, uint64_t connection,
                                 const LiveChange& change) {
  using Kind = LiveChange::Kind;
  switch (change.kind) {
    case Kind::synced_kind:
      for (const AppKey& app : registry_.apps_awaiting(connection, change.key.group_kind())) {
        app_queue_.add(app, Lane::first_sync);
      }
      return;
    case Kind::drifted:
    case Kind::deleted:
      // The inventory decides whose object it is; a label alone could have been copied.
      if (registry_.owner_of(cluster, change.key) == change.app)
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

void ShardWork::Graph::add_all(const std::set<AppKey>& apps) {
  for (const AppKey& app : apps) app_queue_.add(app, Lane::commit);
}

void ShardWork::Graph::on_secret(const NamespacedName& name) {
  for (const RepositoryKey& key : registry_.repositories_with_secret(name)) {
    if (is_ours(world_, key)) repository_queue_.add(key, Lane::commit);
  }
}

void ShardWork::Graph::refuse(const ObjectKey& resource, const Value& body, Error error) {
  log_.warn("resource not understood; it is left as it is",
            {{"resource", resource.display()}, {"error", error.summary()}});
  registry_.refuse(
      resource,
      {status_in(body), body.integer_at({"metadata", "generation"}).value_or(0), std::move(error)});
}

void ShardWork::Graph::on_repository(const WatchEvent& event) {
  const RepositoryKey key{{event.object.string_at({"metadata", "namespace"}),
                           event.object.string_at({"metadata", "name"})}};
  if (event.type == WatchEvent::Type::deleted) {
    registry_.admit(object_key(key));
    registry_.remove_repository(key);
    repository_queue_.forget(key);
    if (is_divided()) {  // it may have had a label
      for (const AppKey& app : registry_.apps_naming(key)) app_queue_.add(app, Lane::commit);
    }
    return;
  }
  Result<RepositorySpec> spec = decode_repository(event.object);
  if (!spec) {
    if (!is_ours(world_, key)) return;
    refuse(object_key(key), event.object, std::move(spec).error());
    repository_queue_.add(key, Lane::commit);
    return;
  }
  registry_.admit(object_key(key));
  // A status that cannot be read is only a report: it is written anew.
  Result<RepositoryStatus> status = repository_status_of(status_in(event.object));
  put_repository(std::move(*spec), event.object.string_at({"metadata", "uid"}),
                 std::move(status).value_or(RepositoryStatus{}));
}

void ShardWork::Graph::put_repository(RepositorySpec spec, const std::string& uid,
                                      RepositoryStatus status) {
  const RepositoryKey key = spec.key;
  const std::shared_ptr<const RepositoryEntry> known = registry_.repository(key);
  const bool is_known = known && known->spec == spec;
  if (!is_divided()) {
    if (is_known) return;  // our own status write
    registry_.put_repository(std::move(spec), uid, std::move(status));
    repository_queue_.add(key, Lane::commit);
    return;
  }
  const bool was_ours = known && is_ours(world_, key);
  const bool moves =
      known ? known->spec.shard_label != spec.shard_label : !spec.shard_label.empty();
  const bool is_ours_now =
      shard_of(key, spec.shard_label, world_.shard.count) == world_.shard.index;
  if (was_ours && is_known) return;
  if (was_ours && is_ours_now) {
    registry_.put_repository(std::move(spec), uid, std::move(status));
  } else {
    registry_.put_foreign_repository(std::move(spec), uid, std::move(status));
  }
  // Of another shard's only the webhook's Secret is followed.
  if (is_ours_now || !is_known) repository_queue_.add(key, Lane::commit);
  if (!moves) return;
  for (const AppKey& app : registry_.apps_naming(key)) app_queue_.add(app, Lane::commit);
}

void ShardWork::Graph::on_app(const WatchEvent& event) {
  const AppKey key{{event.object.string_at({"metadata", "namespace"}),
                    event.object.string_at({"metadata", "name"})}};
  if (event.type == WatchEvent::Type::deleted) return on_app_gone(key);
  Result<AppSpec> spec = decode_app(event.object);
  if (!spec && is_being_deleted(event.object)) {
    // Who deletes it must not have to mend it first.
    log_.warn("app is deleted by what can be read of it",
              {{"app", key.display()}, {"error", spec.error().summary()}});
    spec = decode_deleted_app(event.object);
  }
  if (!spec) return refuse_app(key, event.object, std::move(spec).error());
  Result<AppStatus> status = app_status_of(status_in(event.object));
  // An inventory that cannot be read must not be replaced by an empty one: leave the app alone.
  if (!status) return refuse_app(key, event.object, std::move(status).error());
  registry_.admit(object_key(key));
  put_app(event.object, std::move(*spec), std::move(*status));
}

void ShardWork::Graph::on_app_gone(const AppKey& key) {
  registry_.admit(object_key(key));
  const std::shared_ptr<const AppEntry> gone = registry_.any_app(key);
  add_all(registry_.remove_app(key));
  references_.forget(key);
  targets_.forget(key);
  app_queue_.forget(key);
  if (!gone) return;
  // What it depends on may have waited for it to go.
  for (const AppKey& app : gone->spec.depends_on) app_queue_.add(app, Lane::commit);
  add_all(registry_.end_wait_for_claims(gone->spec.repository));
}

void ShardWork::Graph::refuse_app(const AppKey& key, const Value& body, Error error) {
  if (!is_ours(world_, repository_named_by(body))) return;
  refuse(object_key(key), body, std::move(error));
  app_queue_.add(key, Lane::commit);
}

void ShardWork::Graph::put_app(const Value& body, AppSpec spec, AppStatus status) {
  const AppKey key = spec.key;
  const std::string uid = body.string_at({"metadata", "uid"});
  const Lane lane = status.inventory.empty() ? Lane::first_sync : Lane::commit;
  if (!is_divided()) {
    if (registry_.put_app(std::move(spec), uid, std::move(status))) {
      app_queue_.add(key, lane);
    } else {
      mend_status(key, body);
    }
    return;
  }
  const std::string shard = body.string_at({"status", "shard"});
  const bool is_ours_now = is_ours(world_, spec.repository);
  const Registry::Seen seen =
      registry_.see_app(std::move(spec), uid, std::move(status),
                        body.string_at({"metadata", "resourceVersion"}), shard);
  add_all(seen.woken);
  // To work on it, to take it, or to let go of it.
  const bool concerns_us =
      seen.ours ? seen.changed || !is_ours_now : is_ours_now || shard == world_.shard.text();
  if (concerns_us) {
    app_queue_.add(key, lane);
  } else if (seen.ours) {
    mend_status(key, body);
  }
}

void ShardWork::Graph::mend_status(const AppKey& key, const Value& body) {
  if (app_queue_.is_active(key)) return;
  Value status = status_in(body);
  if (is_divided()) status.erase("shard");  // written apart from the rest
  if (!registry_.put_foreign_status(key, version_of(body), status)) return;
  // It holds the inventory, which the next start will go by.
  log_.warn("status was changed by somebody else; it is written again", {{"app", key.display()}});
  app_queue_.add(key, Lane::commit);
}

void ShardWork::Graph::on_trust_policy(const WatchEvent& event) {
  const std::string name = event.object.string_at({"metadata", "name"});
  const bool changed = event.type == WatchEvent::Type::deleted ? policies_.remove(name)
                                                               : policies_.put(event.object);
  if (!changed) return;  // our own status write
  for (const RepositoryKey& key : registry_.repositories()) {
    if (is_ours(world_, key)) repository_queue_.add(key, Lane::commit);
  }
}

// Of other shards the webhooks' ones too: a delivery may come to any replica.
void ShardWork::Graph::follow_secrets() {
  std::set<NamespacedName> names;
  for (const RepositoryKey& key : registry_.repositories()) {
    const std::shared_ptr<const RepositoryEntry> entry = registry_.repository(key);
    if (!entry) continue;
    const RepositorySpec& spec = entry->spec;
    if (!spec.webhook_secret_ref.empty()) names.insert({key.namespace_, spec.webhook_secret_ref});
    if (!spec.secret_ref.empty() && is_ours(world_, key)) {
      names.insert({key.namespace_, spec.secret_ref});
    }
  }
  secrets_.follow(names);
}

WatchOptions ShardWork::Graph::watch_of(const ApiResource& resource) const {
  WatchOptions options{.resource = resource};
  options.namespace_ = options_.watch_namespace;
  options.log = log_;
  return options;
}

WatchCallbacks ShardWork::Graph::callbacks_of_apps() {
  WatchCallbacks callbacks{.on_event = [this](const WatchEvent& event) { on_app(event); }};
  if (!is_divided()) return callbacks;
  callbacks.on_list_begin = [this] { registry_.begin_list(); };
  callbacks.on_synced = [this](const std::string& version) { registry_.end_list(version); };
  return callbacks;
}

void ShardWork::Graph::start_watches() {
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
  WatchCallbacks of_apps = callbacks_of_apps();
  of_apps.on_error = on_error;
  apps_ = std::make_unique<Watch>(*client_, watch_of(kAppResource), std::move(of_apps));
}

Result<void> ShardWork::Graph::begin(const std::string& ledger_head) {
  MutexLock lock(lifecycle_);
  if (stopping_) return Error(kCancelled, "the operator is stopping");
  if (const std::string directory = ledger_directory(options_, world_.shard); !directory.empty()) {
    ledger_ = TRY(Ledger::open(directory, ledger_head, log_));
    world_.ledger = ledger_.get();
  }
  start_watches();
  TRY(wait_for_first_lists());
  if (is_divided()) follow_secrets();
  // No turn begins before all policies and inventories are known: what is trusted, and whose an
  // object is, must not depend on the order of events.
  start_workers();
  return {};
}

Result<void> ShardWork::Graph::wait_for_first_lists() {
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

BaseFetches::Parts ShardWork::Graph::parts_of_bases(ShardId shard) {
  BaseFetches::Parts parts;
  parts.directory = cache_directory(options_, shard) + "/bases";
  parts.git = options_.git;
  parts.allowed = options_.remote_bases;
  parts.workers = options_.repository_workers;
  parts.credentials = [this](const NamespacedName& secret, Deadline deadline) {
    return secrets_.credentials(secret, deadline);
  };
  parts.wake = [this](const BaseFetches::Waiter& waiter) {
    std::visit(overloaded{[this](const AppKey& app) { app_queue_.add(app, Lane::commit); },
                          [this](const RepositoryKey& repository) {
                            repository_queue_.add(repository, Lane::commit);
                          }},
               waiter);
  };
  parts.log = log_;
  return parts;
}

void ShardWork::Graph::start_workers() {
  bases_.start();
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

void ShardWork::Graph::stop() {
  stopping_ = true;
  registry_.end_waits();
  MutexLock lock(lifecycle_);
  app_queue_.stop();
  repository_queue_.stop();
  // A sync of thousands of objects would outlast the grace period. Where it ends is of no matter:
  // what may exist stands in the inventory.
  client_->close();
  targets_.close();
  for (std::jthread& worker : workers_) worker.request_stop();
  workers_.clear();  // joins
  bases_.stop();
  targets_.end();
  apps_.reset();
  repositories_.reset();
  trust_policies_.reset();
  if (ledger_) ledger_->close();
}

ShardWork::ShardWork(std::unique_ptr<Graph> graph) : graph_(std::move(graph)) {}
ShardWork::~ShardWork() = default;

Result<std::unique_ptr<ShardWork>> ShardWork::connect(const OperatorOptions& options, ShardId shard,
                                                      std::shared_ptr<Fence> fence, TurnTimes times,
                                                      TurnRoom& room) {
  ClientOptions client_options;
  client_options.user_agent = user_agent(options, shard);
  client_options.log = options.log;
  client_options.fence = std::move(fence);
  ClientOptions of_targets = client_options;
  std::unique_ptr<ClusterClient> client =
      TRY(ClusterClient::connect(options.access, client_options));
  TRY(client->discover());
  return std::unique_ptr<ShardWork>(new ShardWork(std::make_unique<Graph>(
      options, shard, std::move(client), std::move(of_targets), times, room)));
}

Result<void> ShardWork::begin(const std::string& ledger_head) {
  return graph_->begin(ledger_head);
}
void ShardWork::stop() {
  graph_->stop();
}
World& ShardWork::world() {
  return graph_->world();
}
const World& ShardWork::world() const {
  return graph_->world();
}

std::string ShardWork::ledger_head() const {
  const Ledger* ledger = world().ledger;
  if (ledger == nullptr) return "";
  const audit::Head head = ledger->head();
  return head.number == 0 ? "" : audit::to_string(head);
}

}  // namespace plumb
