#include "control/target_clusters.h"

#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "control/world.h"

namespace plumb {
namespace {

constexpr Duration kConnectWithin = std::chrono::seconds(10);
constexpr Duration kLostAfter = std::chrono::seconds(15);
constexpr Duration kFirstRetry = std::chrono::seconds(1);
constexpr Duration kLastRetry = std::chrono::seconds(30);
constexpr Duration kSteadyAfter = std::chrono::minutes(1);
constexpr Duration kBetweenProbes = std::chrono::seconds(5);

bool is_refusal(const Error& error) {
  return error.code() == kUnauthorized || error.code() == kForbidden;
}

// What says that the server, or our way to it, may be gone.
bool is_alarming(const Error& error) {
  return worth_retrying(error) || error.code() == kTlsFailed || error.code() == kStreamIdle ||
         error.code() == kUnauthorized;
}

struct Connection {
  std::unique_ptr<ClusterClient> client;
  Fights fights = {};
  std::unique_ptr<LiveStore> live = nullptr;  // ends before its client
  std::optional<Cluster> cluster = std::nullopt;
};

}  // namespace

// One target: its connection, and the thread that makes it.
class TargetClusters::Keeper : public std::enable_shared_from_this<Keeper> {
 public:
  Keeper(Key key, std::shared_ptr<const TargetOptions> options, std::shared_ptr<Own> own)
      : key_(std::move(key)),
        options_(std::move(options)),
        own_(std::move(own)),
        since_(options_->clock->wall()) {}

  [[nodiscard]] Result<Reached> reach(const AppKey& app, const std::string& text) EXCLUDES(mutex_);
  void withdraw() EXCLUDES(mutex_);
  [[nodiscard]] std::shared_ptr<const Cluster> connected() EXCLUDES(mutex_);
  [[nodiscard]] Standing standing() EXCLUDES(mutex_);
  // False: nobody uses it any more.
  [[nodiscard]] bool forget(const AppKey& app) EXCLUDES(mutex_);
  void close() EXCLUDES(mutex_);

  void run(const std::stop_token& stop) EXCLUDES(mutex_);
  void end() EXCLUDES(mutex_);

 private:
  using Held = std::shared_ptr<Connection>;
  struct Outage {
    Error error;
    WallTime since;
  };
  struct Task {
    std::optional<ClusterAccess> connect = std::nullopt;
    uint64_t number = 0;
    Held probe = nullptr;
  };

  [[nodiscard]] std::vector<Held> take_dropped() EXCLUDES(mutex_);
  [[nodiscard]] std::optional<Task> next_task() EXCLUDES(mutex_);
  [[nodiscard]] Result<Held> open(const ClusterAccess& access, uint64_t number,
                                  const std::stop_token& stop);
  void connect(const Task& task, const std::stop_token& stop) EXCLUDES(mutex_);
  void probe(const Task& task) EXCLUDES(mutex_);
  void lost(uint64_t number, const Error& why) EXCLUDES(mutex_);
  void probe_soon() EXCLUDES(mutex_);
  void leave() EXCLUDES(mutex_);
  void pause() REQUIRES(mutex_);
  void drop() REQUIRES(mutex_);
  [[nodiscard]] bool note_outage(const Error& error) REQUIRES(mutex_);
  [[nodiscard]] Error told(const Outage& outage) const REQUIRES(mutex_);

  const Key key_;
  const std::shared_ptr<const TargetOptions> options_;
  const std::shared_ptr<Own> own_;

  Mutex mutex_;
  CondVar work_;
  Fingerprint text_ GUARDED_BY(mutex_);  // of the kubeconfig
  std::optional<ClusterAccess> access_ GUARDED_BY(mutex_);
  uint64_t number_ GUARDED_BY(mutex_) = 0;  // of the access, or of the connection that it made
  Held connection_ GUARDED_BY(mutex_);
  std::vector<Held> dropped_ GUARDED_BY(mutex_);  // destroyed by the thread, never by a callback
  std::optional<Outage> outage_ GUARDED_BY(mutex_);
  WallTime since_ GUARDED_BY(mutex_);          // when it came to be connected, or not to be
  RequestCounters before_ GUARDED_BY(mutex_);  // of the connections that ended
  uint64_t losses_ GUARDED_BY(mutex_) = 0;
  Monotonic connected_at_ GUARDED_BY(mutex_){};
  Monotonic retry_at_ GUARDED_BY(mutex_){};
  Duration retry_ GUARDED_BY(mutex_) = kFirstRetry;
  bool probe_ GUARDED_BY(mutex_) = false;
  Monotonic probe_after_ GUARDED_BY(mutex_){};
  std::set<AppKey> apps_ GUARDED_BY(mutex_);
  size_t turns_ GUARDED_BY(mutex_) = 0;
  std::set<AppKey> waiting_ GUARDED_BY(mutex_);  // for a turn that ends
  bool ending_ GUARDED_BY(mutex_) = false;
};

Result<TargetClusters::Reached> TargetClusters::Keeper::reach(const AppKey& app,
                                                              const std::string& text) {
  const Fingerprint given = fingerprint(text);
  MutexLock lock(mutex_);
  apps_.insert(app);
  if (!access_ || text_ != given) {
    ClusterAccess access = TRY(read_inline_kubeconfig(text));
    access_ = std::move(access);
    text_ = given;
    number_ = own_->next_connection++;  // what is under way is of no use any more
    drop();
    outage_.reset();
    retry_ = kFirstRetry;
    retry_at_ = {};
    work_.notify_all();
  }
  if (outage_) return told(*outage_);
  if (!connection_ || connection_->client->is_lost()) return Reached{};
  if (turns_ >= options_->turns_in_one || !own_->begin_turn(options_->turns_at_once)) {
    waiting_.insert(app);
    return Reached{.full = true};
  }
  ++turns_;
  return Reached{{&*connection_->cluster, [self = shared_from_this(),
                                           held = connection_](const Cluster*) { self->leave(); }}};
}

// The turn of one App has ended: another's may begin.
void TargetClusters::Keeper::leave() {
  std::set<AppKey> next;
  own_->turns.with([](size_t& turns) { --turns; });
  {
    MutexLock lock(mutex_);
    --turns_;
    if (!waiting_.empty()) next.insert(waiting_.extract(waiting_.begin()).value());
  }
  if (!next.empty()) options_->wake(next);
}

void TargetClusters::Keeper::withdraw() {
  MutexLock lock(mutex_);
  if (!access_) return;
  access_.reset();
  number_ = own_->next_connection++;
  outage_.reset();
  drop();
  work_.notify_all();
}

void TargetClusters::Keeper::drop() {
  if (!connection_) return;
  const RequestCounters counted = connection_->client->counters();
  before_.sent += counted.sent;
  before_.failed += counted.failed;
  since_ = options_->clock->wall();
  dropped_.push_back(std::exchange(connection_, nullptr));
}

TargetClusters::Standing TargetClusters::Keeper::standing() {
  MutexLock lock(mutex_);
  Standing out{.secret = key_.secret, .key = key_.key, .since = since_, .apps = apps_.size()};
  out.requests = before_.sent;
  out.failed = before_.failed;
  out.losses = losses_;
  if (connection_) {
    const RequestCounters counted = connection_->client->counters();
    out.requests += counted.sent;
    out.failed += counted.failed;
    // Between the loss and the word of it there is a moment.
    out.connected = !connection_->client->is_lost();
  }
  return out;
}

std::shared_ptr<const Cluster> TargetClusters::Keeper::connected() {
  MutexLock lock(mutex_);
  if (!connection_ || connection_->client->is_lost()) return nullptr;
  return {connection_, &*connection_->cluster};
}

bool TargetClusters::Keeper::forget(const AppKey& app) {
  MutexLock lock(mutex_);
  apps_.erase(app);
  waiting_.erase(app);
  return !apps_.empty();
}

void TargetClusters::Keeper::close() {
  Held held;
  {
    MutexLock lock(mutex_);
    held = connection_;
  }
  if (held) held->client->close();
}

void TargetClusters::Keeper::end() {
  MutexLock lock(mutex_);
  ending_ = true;
  if (connection_) dropped_.push_back(std::exchange(connection_, nullptr));
  work_.notify_all();
}

void TargetClusters::Keeper::run(const std::stop_token& stop) {
  while (const std::optional<Task> task = next_task()) {
    task->connect ? connect(*task, stop) : probe(*task);
  }
}

// To be destroyed without the lock, which their callbacks take. A turn that holds one of them still
// ends by itself.
std::vector<TargetClusters::Keeper::Held> TargetClusters::Keeper::take_dropped() {
  MutexLock lock(mutex_);
  return std::exchange(dropped_, {});
}

std::optional<TargetClusters::Keeper::Task> TargetClusters::Keeper::next_task() {
  while (true) {
    take_dropped().clear();
    MutexLock lock(mutex_);
    if (!dropped_.empty()) continue;
    if (ending_) return std::nullopt;
    const Monotonic now = std::chrono::steady_clock::now();
    Monotonic at = Monotonic::max();
    if (access_ && !connection_) {
      if (now >= retry_at_) {
        number_ = own_->next_connection++;
        return Task{.connect = access_, .number = number_};
      }
      at = retry_at_;
    } else if (connection_ && probe_) {
      if (now >= probe_after_) {
        probe_ = false;
        return Task{.number = number_, .probe = connection_};
      }
      at = probe_after_;
    }
    work_.wait_until(mutex_, at);
  }
}

Result<TargetClusters::Keeper::Held> TargetClusters::Keeper::open(const ClusterAccess& access,
                                                                  uint64_t number,
                                                                  const std::stop_token& stop) {
  const std::weak_ptr<Keeper> weak = weak_from_this();
  ClientOptions options = options_->client;
  options.log = options_->log;
  options.request_timeout = kConnectWithin;
  options.lost_after = kLostAfter;
  options.on_lost = [weak, number](const Error& why) {
    if (const auto self = weak.lock()) self->lost(number, why);
  };
  auto made = std::make_shared<Connection>();
  made->client = TRY(ClusterClient::connect(access, options, stop));
  ClusterClient& client = *made->client;
  Result<std::string> uid = client.cluster_uid(Deadline::in(kConnectWithin));
  if (!uid && uid.error().code() == kForbidden) {
    return uid.error().with_help(
        "allow the user of the kubeconfig to get the namespace kube-system: its uid tells which "
        "cluster it is");
  }
  ClusterId id{TRY(std::move(uid)), client.server()};
  const std::string own = TRY(own_->uid_of_own());
  if (id.uid == own) id = {};
  TRY(client.discover());
  made->live = std::make_unique<LiveStore>(
      client,
      LiveStoreOptions{.assess_health = options_->assess_health,
                       .on_change = [to = options_->on_change, id,
                                     number](const LiveChange& change) { to(id, number, change); },
                       .on_interrupted =
                           [weak](const Error& error) {
                             const auto self = is_alarming(error) ? weak.lock() : nullptr;
                             if (self) self->probe_soon();
                           },
                       .log = options_->log});
  made->cluster.emplace(Cluster{client, *made->live, made->fights, id, number});
  return made;
}

void TargetClusters::Keeper::connect(const Task& task, const std::stop_token& stop) {
  Result<Held> made = open(*task.connect, task.number, stop);
  std::set<AppKey> woken;
  {
    MutexLock lock(mutex_);
    if (made && (ending_ || number_ != task.number || (*made)->client->is_lost())) {
      dropped_.push_back(*made);
      return;
    }
    if (number_ != task.number || stop.stop_requested()) return;
    if (made) {
      connection_ = *std::move(made);
      connected_at_ = std::chrono::steady_clock::now();
      since_ = options_->clock->wall();
      outage_.reset();
      probe_ = false;
      woken = apps_;
      options_->log.info("target cluster connected", {{"secret", key_.secret.display()},
                                                      {"server", task.connect->server},
                                                      {"apps", apps_.size()}});
    } else {
      pause();
      if (note_outage(made.error())) woken = apps_;
    }
  }
  if (!woken.empty()) options_->wake(woken);
}

void TargetClusters::Keeper::pause() {
  retry_at_ = Deadline::in(retry_).at;
  retry_ = std::min(retry_ * 2, kLastRetry);
}

// Whether that is news.
bool TargetClusters::Keeper::note_outage(const Error& error) {
  if (outage_ && outage_->error.code() == error.code()) return false;
  const WallTime since = outage_ ? outage_->since : options_->clock->wall();
  outage_ = Outage{error, since};
  options_->log.warn("target cluster not reached",
                     {{"secret", key_.secret.display()}, {"error", error.summary()}});
  return true;
}

Error TargetClusters::Keeper::told(const Outage& outage) const {
  const Error& error = outage.error;
  const std::string what = "the target cluster " + (access_ ? access_->server : "") + " (Secret " +
                           key_.secret.display() + ") ";
  const std::string why = " since " + format_rfc3339(outage.since) + ": " + error.message();
  const Error out =
      is_refusal(error)
          ? Error(kTargetRefused, what + "refuses the user of the kubeconfig" + why,
                  Retry::transient)
          : Error(kTargetUnreachable, what + "cannot be reached" + why, Retry::transient);
  return error.help().empty() ? out : out.with_help(error.help());
}

void TargetClusters::Keeper::probe(const Task& task) {
  {
    MutexLock lock(mutex_);
    probe_after_ = Deadline::in(kBetweenProbes).at;
  }
  // A server that says nothing is lost by this alone.
  const Result<std::string> version =
      task.probe->client->get_raw("/version", Deadline::in(2 * kLostAfter));
  if (version || version.error().code() == kCancelled || version.error().code() == kServerLost) {
    return;
  }
  const bool lasting = is_refusal(version.error()) || version.error().code() == kTlsFailed;
  if (lasting) lost(task.number, version.error());
}

void TargetClusters::Keeper::lost(uint64_t number, const Error& why) {
  std::set<AppKey> woken;
  {
    MutexLock lock(mutex_);
    if (number != number_ || !connection_) return;
    drop();
    ++losses_;
    // One that is lost again and again is asked less and less.
    const Monotonic now = std::chrono::steady_clock::now();
    if (now - connected_at_ > kSteadyAfter) retry_ = kFirstRetry;
    pause();
    if (note_outage(why)) woken = apps_;
    work_.notify_all();
  }
  if (!woken.empty()) options_->wake(woken);
}

void TargetClusters::Keeper::probe_soon() {
  MutexLock lock(mutex_);
  if (std::exchange(probe_, true)) return;
  work_.notify_all();
}

Result<std::string> TargetClusters::Own::uid_of_own() {
  std::string known = uid.with([](const std::string& text) { return text; });
  if (!known.empty()) return known;
  Result<std::string> asked = client.cluster_uid(Deadline::in(kConnectWithin));
  if (!asked) {
    return Error(kClusterUnavailable,
                 "the operator's own cluster does not tell its uid: " + asked.error().message(),
                 Retry::transient)
        .with_help("allow the operator to get the namespace kube-system");
  }
  uid.with([&](std::string& text) { text = *asked; });
  return asked;
}

bool TargetClusters::Own::begin_turn(size_t most) {
  return turns.with([&](size_t& now) {
    if (now >= most) return false;
    ++now;
    return true;
  });
}

TargetClusters::TargetClusters(ClusterClient& own, TargetOptions options)
    : options_(std::make_shared<const TargetOptions>(std::move(options))),
      own_(std::make_shared<Own>(own)) {}

TargetClusters::~TargetClusters() {
  end();
}

TargetClusters::Key TargetClusters::key_of(const AppSpec& app) {
  return {{app.key.namespace_, app.kubeconfig->secret}, app.kubeconfig->key};
}

// The App uses this target, and no other any more.
std::shared_ptr<TargetClusters::Keeper> TargetClusters::keeper_for(const AppSpec& app) {
  const Key key = key_of(app);
  std::vector<Slot> ended;  // joined after the lock is released
  MutexLock lock(mutex_);
  ended.swap(ended_);
  const auto before = of_app_.find(app.key);
  if (before != of_app_.end() && before->second != key) leave(app.key);
  of_app_[app.key] = key;
  Slot& slot = slots_[key];
  if (!slot.keeper) {
    slot.keeper = std::make_shared<Keeper>(key, options_, own_);
    if (!over_) {
      slot.thread =
          std::jthread([keeper = slot.keeper](const std::stop_token& stop) { keeper->run(stop); });
    }
  }
  return slot.keeper;
}

std::shared_ptr<TargetClusters::Keeper> TargetClusters::keeper_of(const AppSpec& app) const {
  if (!app.kubeconfig) return nullptr;
  MutexLock lock(mutex_);
  const auto at = slots_.find(key_of(app));
  return at == slots_.end() ? nullptr : at->second.keeper;
}

Result<TargetClusters::Reached> TargetClusters::reach(const AppSpec& app,
                                                      const std::string& kubeconfig) {
  return keeper_for(app)->reach(app.key, kubeconfig);
}

void TargetClusters::withdraw(const AppSpec& app) {
  if (const auto keeper = keeper_of(app)) keeper->withdraw();
}

std::shared_ptr<const Cluster> TargetClusters::connected(const AppSpec& app) const {
  const auto keeper = keeper_of(app);
  return keeper ? keeper->connected() : nullptr;
}

std::vector<std::shared_ptr<const Cluster>> TargetClusters::connected() const {
  std::vector<std::shared_ptr<const Cluster>> out;
  MutexLock lock(mutex_);
  for (const auto& [key, slot] : slots_) {
    if (auto cluster = slot.keeper->connected()) out.push_back(std::move(cluster));
  }
  return out;
}

std::vector<TargetClusters::Standing> TargetClusters::standings() const {
  std::vector<Standing> out;
  MutexLock lock(mutex_);
  for (const auto& [key, slot] : slots_) out.push_back(slot.keeper->standing());
  return out;
}

void TargetClusters::forget(const AppKey& app) {
  MutexLock lock(mutex_);
  leave(app);
}

void TargetClusters::leave(const AppKey& app) {
  const auto named = of_app_.find(app);
  if (named == of_app_.end()) return;
  const auto at = slots_.find(named->second);
  of_app_.erase(named);
  if (at == slots_.end() || at->second.keeper->forget(app)) return;
  at->second.thread.request_stop();
  at->second.keeper->end();
  ended_.push_back(std::move(at->second));
  slots_.erase(at);
}

void TargetClusters::close() {
  MutexLock lock(mutex_);
  over_ = true;
  for (auto& [key, slot] : slots_) {
    slot.thread.request_stop();
    slot.keeper->close();
  }
}

void TargetClusters::end() {
  std::map<Key, Slot> slots;
  std::vector<Slot> ended;  // joined after the lock is released
  {
    MutexLock lock(mutex_);
    over_ = true;
    slots.swap(slots_);
    ended.swap(ended_);
    of_app_.clear();
  }
  for (auto& [key, slot] : slots) {
    slot.thread.request_stop();
    slot.keeper->end();
  }
}

std::shared_ptr<const Cluster> cluster_of(const World& world, const AppSpec& app) {
  return app.kubeconfig ? world.targets.connected(app) : world.own;
}

}  // namespace plumb
