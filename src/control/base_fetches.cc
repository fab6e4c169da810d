#include "control/base_fetches.h"

#include <algorithm>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/pause.h"

namespace plumb {
namespace {

constexpr Duration kFirstPause = std::chrono::seconds(1);
constexpr Duration kLastPause = std::chrono::minutes(5);
// What failed and was not asked for since is forgotten.
constexpr Duration kForgotten = std::chrono::minutes(30);

// What one fetch needs.
struct Wanted {
  RemoteBase base;
  BaseAsker asker;
  std::optional<NamespacedName> secret;
  Duration timeout;
};

}  // namespace

class BaseFetches::State {
 public:
  explicit State(Parts parts)
      : parts_(std::move(parts)), store_(parts_.directory, parts_.git, parts_.allowed) {}

  void start() EXCLUDES(mutex_);
  void stop() EXCLUDES(mutex_);
  [[nodiscard]] GitCounters counters() { return store_.counters(); }
  void rest() { store_.rest(); }
  [[nodiscard]] Result<std::shared_ptr<const SourceTree>> open(const Wanted& wanted,
                                                               const Waiter& waiter)
      EXCLUDES(mutex_);

 private:
  using Key = std::pair<RemoteBase, BaseAsker>;
  struct Fetch {
    Wanted wanted;
    std::string host;
    std::set<Waiter> waiters;
    bool under_way = false;       // waits for a thread, or has one
    std::optional<Error> failed;  // the last time
    int failures = 0;             // in a row
    Monotonic again = {};         // not before
  };

  void work(const std::stop_token& stop) EXCLUDES(mutex_);
  [[nodiscard]] std::optional<Wanted> take(const std::stop_token& stop) EXCLUDES(mutex_);
  [[nodiscard]] std::optional<Wanted> next() REQUIRES(mutex_);
  [[nodiscard]] Result<void> fetch(const Wanted& wanted, const std::stop_token& stop);
  void end(const Wanted& wanted, const Result<void>& outcome) EXCLUDES(mutex_);
  void forget_old(Monotonic now) REQUIRES(mutex_);
  [[nodiscard]] size_t most_of_one_host() const {
    return static_cast<size_t>(std::max(1, parts_.workers / 2));
  }

  const Parts parts_;
  BaseStore store_;
  Mutex mutex_;
  CondVar changed_;
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::map<Key, Fetch> fetches_ GUARDED_BY(mutex_);
  std::list<Key> queue_ GUARDED_BY(mutex_);
  std::map<std::string, size_t> running_ GUARDED_BY(mutex_);  // by host
  std::vector<std::jthread> threads_;
};

void BaseFetches::State::start() {
  for (int i = 0; i < parts_.workers; ++i) {
    threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  }
}

void BaseFetches::State::stop() {
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  for (std::jthread& thread : threads_) thread.request_stop();
  threads_.clear();  // joins
}

Result<std::shared_ptr<const SourceTree>> BaseFetches::State::open(const Wanted& wanted,
                                                                   const Waiter& waiter) {
  std::shared_ptr<const SourceTree> here = TRY(store_.find(wanted.base, wanted.asker));
  if (here) return here;
  const Monotonic now = std::chrono::steady_clock::now();
  const Key key{wanted.base, wanted.asker};
  MutexLock lock(mutex_);
  forget_old(now);
  Fetch& fetch = fetches_[key];
  if (!fetch.under_way && fetch.failed && now < fetch.again) return *fetch.failed;
  fetch.waiters.insert(waiter);
  if (!fetch.under_way) {
    fetch.wanted = wanted;
    const Result<GitUrl> url = GitUrl::parse(wanted.base.url, parts_.git);
    fetch.host = url ? url->host : "";
    fetch.under_way = true;
    queue_.push_back(key);
    changed_.notify_all();
  }
  return Error(kRemoteBaseAwaited, "the base " + wanted.base.display() + " is being fetched",
               Retry::transient);
}

void BaseFetches::State::forget_old(Monotonic now) {
  std::erase_if(fetches_, [now](const auto& one) {
    return !one.second.under_way && one.second.again + kForgotten < now;
  });
}

// The first whose host has room.
std::optional<Wanted> BaseFetches::State::next() {
  for (auto at = queue_.begin(); at != queue_.end(); ++at) {
    const Fetch& fetch = fetches_.at(*at);
    size_t& running = running_[fetch.host];
    if (running >= most_of_one_host()) continue;
    ++running;
    queue_.erase(at);
    return fetch.wanted;
  }
  return std::nullopt;
}

std::optional<Wanted> BaseFetches::State::take(const std::stop_token& stop) {
  MutexLock lock(mutex_);
  while (!stopped_ && !stop.stop_requested()) {
    if (std::optional<Wanted> wanted = next()) return wanted;
    changed_.wait(mutex_);
  }
  return std::nullopt;
}

Result<void> BaseFetches::State::fetch(const Wanted& wanted, const std::stop_token& stop) {
  // It may have come between the look of who asked and this one.
  if (TRY(store_.find(wanted.base, wanted.asker))) return {};
  const Deadline deadline = Deadline::in(wanted.timeout);
  GitCredentials credentials;
  if (wanted.secret && store_.shares_credentials(wanted.base, wanted.asker)) {
    credentials = TRY(parts_.credentials(*wanted.secret, deadline));
  }
  TRY(store_.fetch(wanted.base, wanted.asker, credentials, deadline, stop));
  return {};
}

void BaseFetches::State::end(const Wanted& wanted, const Result<void>& outcome) {
  std::set<Waiter> waiters;
  {
    MutexLock lock(mutex_);
    const auto at = fetches_.find({wanted.base, wanted.asker});
    Fetch& fetch = at->second;
    waiters.swap(fetch.waiters);
    const auto running = running_.find(fetch.host);
    if (--running->second == 0) running_.erase(running);
    if (outcome) {
      fetches_.erase(at);
    } else {
      fetch.under_way = false;
      fetch.failed = outcome.error();
      fetch.again = std::chrono::steady_clock::now() +
                    growing_pause(kFirstPause, ++fetch.failures, kLastPause);
    }
    changed_.notify_all();
  }
  for (const Waiter& waiter : waiters) parts_.wake(waiter);
}

void BaseFetches::State::work(const std::stop_token& stop) {
  while (const std::optional<Wanted> wanted = take(stop)) {
    const Result<void> outcome = fetch(*wanted, stop);
    if (stop.stop_requested()) return;
    if (outcome) {
      parts_.log.info("base fetched", {{"base", wanted->base.display()}});
    } else {
      parts_.log.warn("base not fetched",
                      {{"base", wanted->base.display()}, {"error", outcome.error().summary()}});
    }
    end(*wanted, outcome);
  }
}

// What the files of one repository may use.
class BaseFetches::Bases final : public RemoteBases {
 public:
  Bases(std::shared_ptr<State> state, const RepositorySpec& repository, Waiter waiter)
      : state_(std::move(state)), waiter_(std::move(waiter)), timeout_(repository.timeout) {
    asker_.url = repository.url;
    if (repository.secret_ref.empty()) return;
    secret_ = NamespacedName{repository.key.namespace_, repository.secret_ref};
    asker_.secret = secret_->display();
  }

  [[nodiscard]] Result<std::shared_ptr<const SourceTree>> open(
      const RemoteBase& base) const override {
    return state_->open({base, asker_, secret_, timeout_}, waiter_);
  }

 private:
  const std::shared_ptr<State> state_;
  const Waiter waiter_;
  const Duration timeout_;
  BaseAsker asker_;
  std::optional<NamespacedName> secret_;
};

BaseFetches::BaseFetches(Parts parts) : state_(std::make_shared<State>(std::move(parts))) {}
BaseFetches::~BaseFetches() {
  stop();
}

void BaseFetches::start() {
  state_->start();
}
void BaseFetches::stop() {
  state_->stop();
}
GitCounters BaseFetches::counters() const {
  return state_->counters();
}
void BaseFetches::rest() const {
  state_->rest();
}

std::shared_ptr<const SourceTree> BaseFetches::with_bases(std::shared_ptr<const SourceTree> tree,
                                                          const RepositorySpec& repository,
                                                          Waiter waiter) const {
  return std::make_shared<const TreeWithBases>(
      std::move(tree), std::make_shared<const Bases>(state_, repository, std::move(waiter)));
}

}  // namespace plumb
