#include "control/operator.h"

#include <atomic>
#include <map>
#include <thread>

#include "control/app_shard.h"
#include "control/base_fetches.h"
#include "control/endpoints.h"
#include "control/git_stores.h"
#include "control/publish.h"
#include "control/shard_election.h"
#include "control/shard_work.h"
#include "control/turn_room.h"
#include "edge/server/http_server.h"

namespace plumb {
namespace {

std::string user_agent(const OperatorOptions& options) {
  return options.election ? "plumb-operator (" + options.election->identity + ")"
                          : "plumb-operator";
}

// A connection of its own: a renewal must not wait behind the writes of a sync.
Result<std::unique_ptr<ClusterClient>> connect(const OperatorOptions& options) {
  ClientOptions client_options;
  client_options.user_agent = user_agent(options);
  client_options.log = options.log;
  return ClusterClient::connect(options.access, client_options);
}

}  // namespace

class Operator::Process {
 public:
  explicit Process(OperatorOptions options) : options_(std::move(options)), log_(options_.log) {}
  ~Process() { stop(); }

  [[nodiscard]] Result<void> start();
  void stop();
  [[nodiscard]] int port() const { return probes_ ? probes_->port() : 0; }
  [[nodiscard]] int webhook_port() const { return webhooks_ ? webhooks_->port() : 0; }
  [[nodiscard]] uint64_t turns() const;
  void rest() const;

 private:
  [[nodiscard]] Result<void> start_alone();
  [[nodiscard]] Result<void> campaign(std::shared_ptr<Fence> fence);
  [[nodiscard]] Result<void> campaign_for_shards();
  [[nodiscard]] Result<void> begin_work(ShardWork& work, const std::string& ledger_head)
      EXCLUDES(works_mutex_);
  void on_gained(uint32_t shard, const std::string& ledger_head, std::shared_ptr<Fence> fence);
  [[nodiscard]] Result<void> add_shard(uint32_t shard, const std::string& ledger_head,
                                       std::shared_ptr<Fence> fence);
  [[nodiscard]] std::string on_given_away(uint32_t shard) EXCLUDES(works_mutex_);
  [[nodiscard]] std::string ledger_head(uint32_t shard) const EXCLUDES(works_mutex_);
  [[nodiscard]] ServerOptions server_at(int port) const;
  [[nodiscard]] Result<void> start_webhooks();
  [[nodiscard]] WebhookTargets webhook_targets();
  void fetch(const RepositoryKey& key);
  void pass_on_deliveries();
  // Asks the works one after the other, until one answers with true.
  template <class F>
  bool any_work(F&& ask) const EXCLUDES(works_mutex_) {
    MutexLock lock(works_mutex_);
    for (const auto& [shard, work] : works_) {
      if (ask(*work)) return true;
    }
    return false;
  }

  const OperatorOptions options_;
  const Log log_;
  const SystemClock clock_;
  MetricRegistry metrics_;
  const TurnTimes times_ = turn_times(metrics_);
  TurnRoom room_;
  mutable Mutex works_mutex_;
  std::map<uint32_t, std::shared_ptr<ShardWork>> works_ GUARDED_BY(works_mutex_);
  Totals retired_ GUARDED_BY(works_mutex_);  // of shards that were given away
  std::atomic<bool> ready_{false};
  std::atomic<bool> stopping_{false};
  std::unique_ptr<HttpServer> probes_;
  Mutex webhooks_mutex_;  // they begin on a thread of the election, and may be stopped meanwhile
  std::unique_ptr<HttpServer> webhooks_;
  std::unique_ptr<Election> election_;
  std::unique_ptr<ShardElection> shard_election_;
  WorkQueue deliveries_;  // of webhooks, for Repositories of other replicas
  std::unique_ptr<ClusterClient> forwarder_;
  std::jthread forwarding_;
};

ServerOptions Operator::Process::server_at(int port) const {
  ServerOptions options;
  options.address = options_.listen_address;
  options.port = static_cast<uint16_t>(port);
  options.log = log_;
  return options;
}

Result<void> Operator::Process::start() {
  // Connected before anything listens: what is wrong is told at once.
  if (options_.shards > 1) forwarder_ = TRY(connect(options_));
  const auto fence = options_.election ? std::make_shared<Fence>() : nullptr;
  if (options_.shards == 1) {
    MutexLock lock(works_mutex_);
    works_[0] = TRY(ShardWork::connect(options_, {}, fence, times_, room_));
  }
  export_metrics(metrics_, [this] {
    MutexLock lock(works_mutex_);
    Totals totals = retired_;
    for (const auto& [shard, work] : works_) totals += totals_of(work->world());
    if (options_.shards > 1) totals.shards = works_.size();
    return totals;
  });
  probes_ = TRY(HttpServer::start(server_at(options_.listen_port),
                                  probe_routes(metrics_, [this] { return ready_.load(); })));
  if (options_.shards > 1) return campaign_for_shards();
  return options_.election ? campaign(fence) : start_alone();
}

Result<void> Operator::Process::start_alone() {
  std::shared_ptr<ShardWork> work;
  {
    MutexLock lock(works_mutex_);
    work = works_.at(0);
  }
  return begin_work(*work, "");
}

Result<void> Operator::Process::campaign(std::shared_ptr<Fence> fence) {
  std::unique_ptr<ClusterClient> client = TRY(connect(options_));
  const std::string server = client->server();
  std::shared_ptr<ShardWork> work;
  {
    MutexLock lock(works_mutex_);
    work = works_.at(0);
  }
  ready_ = true;  // to stand by is what this replica is for
  const auto on_elected = [this, work](const std::string& head) {
    const Result<void> begun = begin_work(*work, head);
    if (!begun && !stopping_) options_.on_lost(begun.error());
  };
  election_ = TRY(Election::start(std::move(client), *options_.election, std::move(fence),
                                  {.on_elected = on_elected,
                                   .on_lost = options_.on_lost,
                                   .ledger_head = [this] { return ledger_head(0); }},
                                  log_));
  log_.info("operator stands by", {{"cluster", server}, {"port", port()}});
  return {};
}

Result<void> Operator::Process::campaign_for_shards() {
  std::unique_ptr<ClusterClient> client = TRY(connect(options_));
  const std::string server = client->server();
  TRY(start_webhooks());
  forwarding_ = std::jthread([this] { pass_on_deliveries(); });
  ready_ = true;
  shard_election_ = TRY(ShardElection::start(
      std::move(client), *options_.election, options_.shards,
      {.on_gained = [this](
                        uint32_t shard, const std::string& head,
                        std::shared_ptr<Fence> fence) { on_gained(shard, head, std::move(fence)); },
       .on_given_away = [this](uint32_t shard) { return on_given_away(shard); },
       .on_lost = options_.on_lost,
       .ledger_head = [this](uint32_t shard) { return ledger_head(shard); }},
      log_));
  log_.info("operator stands by", {{"cluster", server},
                                   {"port", port()},
                                   {"webhook_port", webhook_port()},
                                   {"shards", static_cast<int64_t>(options_.shards)}});
  return {};
}

std::string Operator::Process::ledger_head(uint32_t shard) const {
  MutexLock lock(works_mutex_);
  const auto work = works_.find(shard);
  return work == works_.end() ? "" : work->second->ledger_head();
}

Result<void> Operator::Process::begin_work(ShardWork& work, const std::string& ledger_head) {
  if (options_.shards == 1) TRY(start_webhooks());
  TRY(work.begin(ledger_head));
  ready_ = true;
  const World& world = work.world();
  log_.info(options_.shards == 1 ? "operator started" : "shard started",
            {{"cluster", world.client.server()},
             {"shard", world.shard.text()},
             {"apps", world.registry.apps().size()},
             {"port", port()},
             {"webhook_port", webhook_port()}});
  return {};
}

void Operator::Process::on_gained(uint32_t shard, const std::string& ledger_head,
                                  std::shared_ptr<Fence> fence) {
  const Result<void> begun = add_shard(shard, ledger_head, std::move(fence));
  if (!begun && !stopping_) options_.on_lost(begun.error());
}

Result<void> Operator::Process::add_shard(uint32_t shard, const std::string& ledger_head,
                                          std::shared_ptr<Fence> fence) {
  const ShardId id{shard, options_.shards};
  std::shared_ptr<ShardWork> work =
      TRY(ShardWork::connect(options_, id, std::move(fence), times_, room_));
  {
    MutexLock lock(works_mutex_);
    if (stopping_) return {};
    works_[shard] = work;
  }
  return begin_work(*work, ledger_head);
}

std::string Operator::Process::on_given_away(uint32_t shard) {
  std::shared_ptr<ShardWork> work;
  {
    MutexLock lock(works_mutex_);
    const auto at = works_.find(shard);
    if (at == works_.end()) return "";
    work = std::move(at->second);
    works_.erase(at);
  }
  work->stop();
  log_.info("shard stopped", {{"shard", work->world().shard.text()}});
  MutexLock lock(works_mutex_);
  Totals totals = totals_of(work->world());
  totals.forget_state();
  retired_ += totals;
  return work->ledger_head();
}

Result<void> Operator::Process::start_webhooks() {
  MutexLock lock(webhooks_mutex_);
  if (stopping_) return Error(kCancelled, "the operator is stopping");
  webhooks_ = TRY(HttpServer::start(server_at(options_.webhook_port),
                                    webhook_routes(webhook_targets(), metrics_)));
  return {};
}

WebhookTargets Operator::Process::webhook_targets() {
  WebhookTargets targets;
  targets.token_of = [this](const RepositoryKey& key) {
    std::optional<std::string> token;
    any_work([&](ShardWork& work) {
      token = webhook_token(work.world(), key);
      return token.has_value();
    });
    return token;
  };
  targets.any_token = [this] {
    return any_work([](ShardWork& work) { return has_webhook_token(work.world()); });
  };
  targets.fetch = [this](const RepositoryKey& key) { fetch(key); };
  targets.clock = &clock_;
  return targets;
}

// A delivery may come to any replica: what is another one's is asked of it by way of the
// Repository.
void Operator::Process::fetch(const RepositoryKey& key) {
  const bool ours = any_work([&](ShardWork& work) {
    if (!is_ours(work.world(), key)) return false;
    work.world().repository_queue.add(key, Lane::commit);
    return true;
  });
  if (!ours) deliveries_.add(key, Lane::commit);
}

void Operator::Process::pass_on_deliveries() {
  for (uint64_t number = 1; const auto item = deliveries_.take(Lane::sweep); ++number) {
    const RepositoryKey key{item->key};
    // Another value each time, from whatever replica.
    const Value now = format_rfc3339(clock_.wall()) + " webhook " + std::to_string(number) + " " +
                      options_.election->identity;
    const Value patch = Value::map(
        {{"metadata",
          Value::map({{"annotations", Value::map({{kSyncRequestedAnnotation, now}})}})}});
    const Result<Value> written = forwarder_->merge_patch(
        kRepositoryResource, object_key(key), patch, Deadline::in(std::chrono::seconds(10)));
    if (!written) {
      log_.warn("webhook not passed on",
                {{"repository", key.display()}, {"error", written.error().summary()}});
    }
    deliveries_.done(item->key);
  }
}

uint64_t Operator::Process::turns() const {
  uint64_t sum = 0;
  any_work([&](ShardWork& work) {
    sum += work.world().counters.turns;
    return false;
  });
  return sum;
}

void Operator::Process::rest() const {
  any_work([](ShardWork& work) {
    work.world().stores.rest();
    work.world().bases.rest();
    return false;
  });
}

void Operator::Process::stop() {
  stopping_ = true;
  deliveries_.stop();
  if (forwarder_) forwarder_->close();
  if (forwarding_.joinable()) forwarding_.join();
  std::map<uint32_t, std::shared_ptr<ShardWork>> works;
  {
    MutexLock lock(works_mutex_);
    works = works_;
  }
  for (const auto& [shard, work] : works) work->stop();
  {
    MutexLock lock(webhooks_mutex_);
    webhooks_.reset();
  }
  // Nothing is written any more: another replica may begin.
  election_.reset();
  shard_election_.reset();
  probes_.reset();
}

Operator::Operator(std::unique_ptr<Process> process) : process_(std::move(process)) {}
Operator::~Operator() = default;

Result<std::unique_ptr<Operator>> Operator::start(OperatorOptions options) {
  auto process = std::make_unique<Process>(std::move(options));
  TRY(process->start());
  return std::unique_ptr<Operator>(new Operator(std::move(process)));
}

int Operator::port() const {
  return process_->port();
}
int Operator::webhook_port() const {
  return process_->webhook_port();
}
uint64_t Operator::turns() const {
  return process_->turns();
}
void Operator::rest() {
  process_->rest();
}
void Operator::stop() {
  process_->stop();
}

}  // namespace plumb
