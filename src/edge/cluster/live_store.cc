#include "edge/cluster/live_store.h"

#include <algorithm>
#include <set>
#include <thread>

#include "base/mutex.h"
#include "edge/cluster/live_records.h"
#include "edge/cluster/watch.h"

namespace plumb {
namespace {

constexpr auto kFirstRetry = std::chrono::milliseconds(100);
constexpr auto kLongestRetry = std::chrono::seconds(5);
constexpr int kUnservedTwice = 2;  // once may be a server that has just started
constexpr auto kRefreshPause = std::chrono::milliseconds(50);  // gathers requests to look again

bool defines_kinds(const GroupKind& kind) {
  return kind.group == "apiextensions.k8s.io" && kind.kind == "CustomResourceDefinition";
}

}  // namespace

class LiveStore::Store {
 public:
  Store(ClusterClient& client, LiveStoreOptions options)
      : client_(client), options_(std::move(options)), worker_([this] { run(); }) {}

  ~Store() {
    std::map<GroupKind, std::unique_ptr<Watch>> watches;
    {
      MutexLock lock(work_mutex_);
      stopping_ = true;
      work_.notify_all();
    }
    worker_.join();
    {
      MutexLock lock(work_mutex_);
      watches.swap(watches_);
    }
    watches.clear();  // waits for their callbacks, without a lock
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  void manage(const GroupVersionKind& gvk) EXCLUDES(work_mutex_) {
    MutexLock lock(work_mutex_);
    const GroupKind kind = gvk.group_kind();
    if (watches_.contains(kind)) return;
    const auto [wanted, fresh] = wanted_.try_emplace(kind, Wanted{gvk, {}});
    wanted->second.until = Deadline::in(options_.look_for_kinds);
    if (!fresh) return;
    retry_ = kFirstRetry;
    look_ = true;
    work_.notify_all();
  }

  void refresh_catalog() EXCLUDES(work_mutex_) {
    MutexLock lock(work_mutex_);
    retry_ = kFirstRetry;
    refresh_ = true;
    work_.notify_all();
  }

  // Runs `change` on the records and announces what it returns.
  template <class F>
  void update(F&& change) EXCLUDES(mutex_) {
    LiveRecords::Changes changes;
    {
      MutexLock lock(mutex_);
      changes = change(records_);
    }
    announce(changes);
  }

  template <class F>
  auto read(F&& use) const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return use(records_);
  }

  void applied(const AppKey& app, const ObjectKey& key, const Value& response,
               const ApplyRecord& record) {
    LiveSight sight = sight_of(response, options_.assess_health);
    sight.key = key;
    update([&](LiveRecords& records) { return records.applied(app, sight, record); });
    if (defines_kinds(key.group_kind())) refresh_catalog();
  }

  [[nodiscard]] Result<LiveApplied> settle(const AppKey& app, const ObjectKey& key,
                                           const Fingerprint& desired, Result<Value> answer) {
    Result<ApplyRecord> record =
        answer ? record_of(*answer, desired) : Result<ApplyRecord>(answer.error());
    if (!record) {
      update([&](LiveRecords& records) { return records.apply_failed(key); });
      return std::move(record).error();
    }
    const auto before = read([&](const LiveRecords& records) { return records.before_apply(key); });
    applied(app, key, *answer, *record);
    LiveApplied outcome{*std::move(answer), *std::move(record)};
    outcome.changed = !before.known || before.version != version_of(outcome.response);
    outcome.recreated = before.known && before.uid != outcome.record.uid;
    return outcome;
  }

  [[nodiscard]] std::map<GroupKind, Error> blind() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return blind_;
  }

  ClusterClient& client_;
  const LiveStoreOptions options_;

 private:
  struct Wanted {
    GroupVersionKind gvk;
    Deadline until;
  };

  void announce(const LiveRecords::Changes& changes) const {
    if (!options_.on_change) return;
    for (const LiveChange& change : changes) options_.on_change(change);
  }

  // The store's own thread: finds the resources of wanted kinds and starts their watches.
  void run() EXCLUDES(work_mutex_) {
    while (wait_for_work()) {
      // What the catalog says of kinds that are not served is out of date.
      const bool dropped = drop_unserved();
      const bool known = !dropped && start_known(*client_.catalog());
      const bool refresh = take_refresh();
      if (known && !refresh) continue;
      const auto catalog = client_.discover();
      if (!catalog) {
        options_.log.warn("discovery failed", {{"error", catalog.error().summary()}});
        continue;
      }
      (void)start_known(**catalog);
    }
  }

  // Ends the watches of kinds that are not served any more. Who still wants one asks for it anew.
  bool drop_unserved() EXCLUDES(work_mutex_, mutex_) {
    std::map<GroupKind, std::unique_ptr<Watch>> dropped;
    {
      MutexLock lock(work_mutex_);
      for (auto at = unserved_.begin(); at != unserved_.end();) {
        if (at->second < kUnservedTwice) {
          ++at;
          continue;
        }
        dropped.insert(watches_.extract(at->first));
        at = unserved_.erase(at);
      }
    }
    for (auto& [kind, watch] : dropped) {
      watch.reset();  // waits for its callbacks, without a lock
      update([&](LiveRecords& records) { return records.unserved(kind); });
    }
    return !dropped.empty();
  }

  void note_unserved(const GroupKind& kind) EXCLUDES(work_mutex_) {
    MutexLock lock(work_mutex_);
    if (++unserved_[kind] < kUnservedTwice) return;
    look_ = true;
    work_.notify_all();
  }

  // Who waits for the first list of the kind would wait until somebody changes the rights.
  void note_blind(const GroupKind& kind, const Error& error) EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      if (records_.synced(kind) || !blind_.try_emplace(kind, error).second) return;
    }
    announce({{{}, {kind.group, kind.kind, "", ""}, LiveChange::Kind::synced_kind}});
  }

  void note_seeing(const GroupKind& kind) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    blind_.erase(kind);
  }

  void note_served(const GroupKind& kind) EXCLUDES(work_mutex_) {
    MutexLock lock(work_mutex_);
    unserved_.erase(kind);
  }

  bool take_refresh() EXCLUDES(work_mutex_) {
    MutexLock lock(work_mutex_);
    return std::exchange(refresh_, false);
  }

  // False when the store is going away.
  bool wait_for_work() EXCLUDES(work_mutex_) {
    MutexLock lock(work_mutex_);
    if (refresh_) work_.wait_until(work_mutex_, Deadline::in(kRefreshPause).at);
    const Monotonic retry_at = Deadline::in(retry_).at;
    while (!stopping_ && !look_ && !refresh_) {
      if (wanted_.empty()) {
        work_.wait(work_mutex_);
      } else {
        work_.wait_until(work_mutex_, retry_at);
        if (std::chrono::steady_clock::now() >= retry_at) break;
      }
    }
    if (!look_ && !refresh_) retry_ = std::min<Duration>(retry_ * 3 / 2, kLongestRetry);
    look_ = false;
    return !stopping_;
  }

  // Starts what the catalog has; true if nothing is left to find.
  bool start_known(const ApiCatalog& catalog) EXCLUDES(work_mutex_, mutex_) {
    std::vector<ApiResource> found;
    bool all = true;
    {
      MutexLock lock(work_mutex_);
      for (auto at = wanted_.begin(); at != wanted_.end();) {
        const ApiResource* resource = catalog.find(at->second.gvk);
        if (resource == nullptr) resource = catalog.find_any(at->first);
        if (resource != nullptr) found.push_back(*resource);
        const bool settled = resource != nullptr || at->second.until.passed();
        all = all && settled;
        at = settled ? wanted_.erase(at) : std::next(at);
      }
    }
    for (const ApiResource& resource : found) start_watch(resource);
    return all;
  }

  void start_watch(const ApiResource& resource) EXCLUDES(work_mutex_, mutex_) {
    const GroupKind kind = resource.gvk.group_kind();
    {
      MutexLock lock(mutex_);
      records_.add_kind(resource.gvk);
    }
    auto watch = std::make_unique<Watch>(
        client_,
        WatchOptions{.resource = resource,
                     .label_selector = kAppLabel,
                     .track_names = false,
                     .streaming_list = options_.streaming_list,
                     .log = options_.log},
        WatchCallbacks{
            .on_event = [this, kind](const WatchEvent& event) { take(kind, event); },
            .on_list_begin =
                [this, kind] {
                  MutexLock lock(mutex_);
                  records_.list_begins(kind);
                },
            .on_synced =
                [this, kind](const std::string& version) {
                  note_served(kind);
                  note_seeing(kind);
                  const uint64_t number = version_of(
                      Value::map({{"metadata", Value::map({{"resourceVersion", version}})}}));
                  update([&](LiveRecords& records) { return records.list_complete(kind, number); });
                },
            .on_error =
                [this, kind](const Error& error) {
                  if (error.code() == kKindNotServed) note_unserved(kind);
                  if (error.code() == kForbidden) note_blind(kind, error);
                  if (options_.on_interrupted) options_.on_interrupted(error);
                }});
    MutexLock lock(work_mutex_);
    watches_.emplace(kind, std::move(watch));
  }

  void take(const GroupKind& kind, const WatchEvent& event) EXCLUDES(mutex_) {
    const ObjectKey key = key_of(event.object);
    const uint64_t version = version_of(event.object);
    if (event.type == WatchEvent::Type::deleted) {
      update([&](LiveRecords& records) { return records.deleted(key, version); });
    } else {
      // The echo of our own apply is met here, before anything is hashed.
      bool old = false;
      {
        MutexLock lock(mutex_);
        old = records_.seen_already(key, version);
      }
      if (old) return;
      const LiveSight sight = sight_of(event.object, options_.assess_health);
      update([&](LiveRecords& records) { return records.seen(sight, event.object); });
    }
    if (defines_kinds(kind)) refresh_catalog();
  }

  mutable Mutex mutex_;
  LiveRecords records_ GUARDED_BY(mutex_);
  std::map<GroupKind, Error> blind_ GUARDED_BY(mutex_);

  Mutex work_mutex_;
  CondVar work_;
  std::map<GroupKind, std::unique_ptr<Watch>> watches_ GUARDED_BY(work_mutex_);
  std::map<GroupKind, Wanted> wanted_ GUARDED_BY(work_mutex_);  // not served yet
  std::map<GroupKind, int> unserved_ GUARDED_BY(work_mutex_);   // watched; times 404 in a row
  Duration retry_ GUARDED_BY(work_mutex_) = kFirstRetry;
  bool look_ GUARDED_BY(work_mutex_) = false;
  bool refresh_ GUARDED_BY(work_mutex_) = false;
  bool stopping_ GUARDED_BY(work_mutex_) = false;
  std::thread worker_;
};

LiveStore::LiveStore(ClusterClient& client, LiveStoreOptions options)
    : store_(std::make_unique<Store>(client, std::move(options))) {}
LiveStore::~LiveStore() = default;

void LiveStore::manage(const GroupVersionKind& gvk) {
  store_->manage(gvk);
}
void LiveStore::refresh_catalog() {
  store_->refresh_catalog();
}

void LiveStore::restore(const Inventory& inventory) {
  store_->update([&](LiveRecords& records) { return records.restore(inventory); });
}

void LiveStore::apply(const AppKey& app, const ApiResource& resource, const ObjectKey& key,
                      const Value& body, const Fingerprint& desired, ApplyOptions options,
                      std::function<void(Result<LiveApplied>)> done) {
  applying(key);
  store_->client_.apply(
      resource, key, body, std::move(options),
      [store = store_.get(), app, key, desired, done = std::move(done)](Result<Value> answer) {
        done(store->settle(app, key, desired, std::move(answer)));
      });
}

Result<LiveApplied> LiveStore::apply(const AppKey& app, const ApiResource& resource,
                                     const ObjectKey& key, const Value& body,
                                     const Fingerprint& desired, ApplyOptions options) {
  applying(key);
  Result<Value> answer = store_->client_.apply(resource, key, body, std::move(options));
  return store_->settle(app, key, desired, std::move(answer));
}

void LiveStore::applying(const ObjectKey& key) {
  store_->update([&](LiveRecords& records) {
    records.applying(key);
    return LiveRecords::Changes{};
  });
}

void LiveStore::applied(const AppKey& app, const ObjectKey& key, const Value& response,
                        const ApplyRecord& record) {
  store_->applied(app, key, response, record);
}

void LiveStore::apply_failed(const ObjectKey& key) {
  store_->update([&](LiveRecords& records) { return records.apply_failed(key); });
}

void LiveStore::forget(const ObjectKey& key) {
  store_->update([&](LiveRecords& records) {
    records.forget(key);
    return LiveRecords::Changes{};
  });
}

std::optional<Error> LiveStore::blind(const GroupKind& kind) const {
  const std::map<GroupKind, Error> all = store_->blind();
  const auto at = all.find(kind);
  return at == all.end() ? std::nullopt : std::optional(at->second);
}

Observed LiveStore::observe(const std::vector<ObjectKey>& keys) const {
  Observed observed;
  observed.blind = store_->blind();
  observed.catalog = store_->client_.catalog();
  store_->read([&](const LiveRecords& records) {
    for (const ObjectKey& key : keys) {
      if (auto object = records.find(key)) observed.objects.emplace(key, *std::move(object));
      if (const DriftBlame* blame = records.blame_of(key)) observed.blame.emplace(key, *blame);
      if (records.synced(key.group_kind())) observed.synced.insert(key.group_kind());
    }
    return 0;
  });
  return observed;
}

std::vector<ObjectKey> LiveStore::objects_of(const AppKey& app) const {
  return store_->read([&](const LiveRecords& records) { return records.objects_of(app); });
}
bool LiveStore::synced(const GroupKind& kind) const {
  return store_->read([&](const LiveRecords& records) { return records.synced(kind); });
}
std::map<AppKey, size_t> LiveStore::counts() const {
  return store_->read([](const LiveRecords& records) { return records.counts(); });
}
size_t LiveStore::objects() const {
  return store_->read([](const LiveRecords& records) { return records.size(); });
}

}  // namespace plumb
