#include "edge/net/http_client.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/check.h"
#include "base/mutex.h"
#include "base/text.h"
#include "edge/net/transfer.h"

namespace plumb {
namespace {

constexpr auto kSweepInterval = std::chrono::milliseconds(100);
constexpr long kStreamsPerConnection = 1000;  // the server's own limit counts

void initialise_libcurl() {
  static std::once_flag once;
  std::call_once(once, [] { CHECK(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK); });
}

}  // namespace

using net::Transfer;

// One connection pool and the thread that drives it.
class HttpClient::Loop {
 public:
  explicit Loop(const HttpOptions& options) : options_(options), multi_(curl_multi_init()) {
    CHECK(multi_ != nullptr);
    curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, options_.http2_connections);
    curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, kStreamsPerConnection);
    thread_ = std::thread([this] { run(); });
  }
  ~Loop() {
    shutdown();
    curl_multi_cleanup(multi_);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void shutdown() EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    curl_multi_wakeup(multi_);
    if (thread_.joinable()) thread_.join();
  }

  // Takes the transfer; its id is for cancel().
  uint64_t add(std::unique_ptr<Transfer> transfer) EXCLUDES(mutex_) {
    uint64_t id = 0;
    std::unique_ptr<Transfer> refused;
    {
      MutexLock lock(mutex_);
      id = transfer->id = ++last_id_;
      (stopping_ ? refused : incoming_.emplace_back()) = std::move(transfer);
    }
    if (refused) {
      refused->finish(Error(kCancelled, "the HTTP client is closed"));
    } else {
      curl_multi_wakeup(multi_);
    }
    return id;
  }

  void cancel(uint64_t id) EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      cancels_.push_back(id);
    }
    curl_multi_wakeup(multi_);
  }

  void run_after(Duration delay, std::function<void()> task) EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      timers_.emplace(Deadline::in(delay).at, std::move(task));
    }
    curl_multi_wakeup(multi_);
  }

  [[nodiscard]] bool on_thread() const { return std::this_thread::get_id() == thread_.get_id(); }

 private:
  // A host's first request goes alone until its headers arrived.
  struct Host {
    enum class State { cold, warming, warm };
    State state = State::cold;
    uint64_t first = 0;
    std::deque<std::unique_ptr<Transfer>> held;
  };

  void run() EXCLUDES(mutex_) {
    while (take_input()) {
      int running = 0;
      curl_multi_perform(multi_, &running);
      collect();
      warm_hosts();
      sweep();
      curl_multi_poll(multi_, nullptr, 0, poll_ms(), nullptr);
    }
    finish_all();
  }

  // False when the client is closing.
  bool take_input() EXCLUDES(mutex_) {
    std::deque<std::unique_ptr<Transfer>> incoming;
    std::vector<uint64_t> cancels;
    std::vector<std::function<void()>> due;
    {
      MutexLock lock(mutex_);
      if (stopping_) return false;
      incoming.swap(incoming_);
      cancels.swap(cancels_);
      const auto end = timers_.upper_bound(std::chrono::steady_clock::now());
      for (auto at = timers_.begin(); at != end; ++at) due.push_back(std::move(at->second));
      timers_.erase(timers_.begin(), end);
    }
    for (auto& transfer : incoming) admit(std::move(transfer));
    for (const uint64_t id : cancels) abort(id);
    for (const auto& task : due) task();
    return true;
  }

  void admit(std::unique_ptr<Transfer> transfer) {
    Host& host = hosts_[transfer->host];
    if (host.state == Host::State::warming) {
      host.held.push_back(std::move(transfer));
      return;
    }
    if (host.state == Host::State::cold) {
      host.state = Host::State::warming;
      host.first = transfer->id;
    }
    start(std::move(transfer));
  }

  void start(std::unique_ptr<Transfer> transfer) {
    if (transfer->request.deadline.passed()) {
      end(std::move(transfer), Error(kDeadlineExceeded,
                                     "the deadline passed before the request "
                                     "could be sent",
                                     Retry::transient));
      return;
    }
    if (Result<void> ready = net::prepare(*transfer, options_); !ready) {
      end(std::move(transfer), std::move(ready).error());
      return;
    }
    curl_multi_add_handle(multi_, transfer->easy);
    active_.emplace(transfer->id, std::move(transfer));
  }

  // Every way a transfer ends leads here.
  void end(std::unique_ptr<Transfer> transfer, Result<void> how) {
    const auto at = hosts_.find(transfer->host);
    if (at != hosts_.end() && at->second.state == Host::State::warming &&
        at->second.first == transfer->id) {
      // No headers arrived: the next one tries alone. Not recursive: it only moves to the queue.
      at->second.state = transfer->head_complete ? Host::State::warm : Host::State::cold;
      MutexLock lock(mutex_);
      for (auto& held : at->second.held) incoming_.push_back(std::move(held));
      at->second.held.clear();
    }
    transfer->finish(std::move(how));
  }

  std::unique_ptr<Transfer> detach(uint64_t id) {
    const auto at = active_.find(id);
    if (at == active_.end()) return nullptr;
    std::unique_ptr<Transfer> transfer = std::move(at->second);
    active_.erase(at);
    curl_multi_remove_handle(multi_, transfer->easy);
    return transfer;
  }

  void abort(uint64_t id) {
    if (auto transfer = detach(id)) {
      end(std::move(transfer), Error(kCancelled, "the request was cancelled"));
      return;
    }
    for (auto& [name, host] : hosts_) {
      const auto at = std::find_if(host.held.begin(), host.held.end(),
                                   [id](const auto& held) { return held->id == id; });
      if (at == host.held.end()) continue;
      std::unique_ptr<Transfer> transfer = std::move(*at);
      host.held.erase(at);
      end(std::move(transfer), Error(kCancelled, "the request was cancelled"));
      return;
    }
  }

  void collect() {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      void* user = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &user);
      const CURLcode code = message->data.result;
      auto transfer = detach(static_cast<Transfer*>(user)->id);
      if (!transfer) continue;
      note_version(*transfer);
      Result<void> how = net::outcome_of(*transfer, code);
      end(std::move(transfer), std::move(how));
    }
  }

  // HTTP/1.1 carries one request per connection: allow more of them.
  void note_version(const Transfer& transfer) {
    long version = 0;
    curl_easy_getinfo(transfer.easy, CURLINFO_HTTP_VERSION, &version);
    if (version == CURL_HTTP_VERSION_1_1 || version == CURL_HTTP_VERSION_1_0) {
      curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, options_.http1_connections);
    }
  }

  // A stream that goes on warms its host by its headers.
  void warm_hosts() {
    for (auto& [name, host] : hosts_) {
      if (host.state != Host::State::warming) continue;
      const auto first = active_.find(host.first);
      if (first == active_.end() || !first->second->head_complete) continue;
      note_version(*first->second);
      host.state = Host::State::warm;
      std::deque<std::unique_ptr<Transfer>> held;
      held.swap(host.held);
      for (auto& transfer : held) start(std::move(transfer));
    }
  }

  // libcurl does not watch the time of transfers that wait for a connection.
  void sweep() {
    const Monotonic now = std::chrono::steady_clock::now();
    if (now - last_sweep_ < kSweepInterval) return;
    last_sweep_ = now;
    std::vector<uint64_t> late;
    for (const auto& [id, transfer] : active_) {
      if (transfer->request.deadline.at < now - kSweepInterval) late.push_back(id);
    }
    for (const uint64_t id : late) {
      auto transfer = detach(id);
      Error error = net::deadline_error(*transfer);
      end(std::move(transfer), std::move(error));
    }
    for (auto& [name, host] : hosts_) {
      while (!host.held.empty() && host.held.front()->request.deadline.at < now) {
        auto transfer = std::move(host.held.front());
        host.held.pop_front();
        Error error = net::deadline_error(*transfer);
        end(std::move(transfer), std::move(error));
      }
    }
  }

  int poll_ms() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (!incoming_.empty() || !cancels_.empty() || stopping_) return 0;
    auto wait = std::chrono::milliseconds(active_.empty() ? 10'000 : 200);
    if (!timers_.empty()) {
      const auto until = std::chrono::ceil<std::chrono::milliseconds>(
          timers_.begin()->first - std::chrono::steady_clock::now());
      wait = std::clamp(until, std::chrono::milliseconds(0), wait);
    }
    return static_cast<int>(wait.count());
  }

  void finish_all() EXCLUDES(mutex_) {
    std::vector<std::unique_ptr<Transfer>> rest;
    std::multimap<Monotonic, std::function<void()>> dropped;
    {
      MutexLock lock(mutex_);
      for (auto& transfer : incoming_) rest.push_back(std::move(transfer));
      incoming_.clear();
      dropped.swap(timers_);
    }
    for (auto& [id, transfer] : active_) {
      curl_multi_remove_handle(multi_, transfer->easy);
      rest.push_back(std::move(transfer));
    }
    active_.clear();
    for (auto& [name, host] : hosts_) {
      for (auto& transfer : host.held) rest.push_back(std::move(transfer));
      host.held.clear();
    }
    for (auto& transfer : rest) transfer->finish(Error(kCancelled, "the HTTP client is closed"));
  }

  const HttpOptions options_;
  CURLM* multi_;
  // Of the network thread alone:
  std::unordered_map<uint64_t, std::unique_ptr<Transfer>> active_;
  std::map<std::string, Host> hosts_;
  Monotonic last_sweep_{};

  Mutex mutex_;
  std::deque<std::unique_ptr<Transfer>> incoming_ GUARDED_BY(mutex_);
  std::vector<uint64_t> cancels_ GUARDED_BY(mutex_);
  std::multimap<Monotonic, std::function<void()>> timers_ GUARDED_BY(mutex_);
  uint64_t last_id_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

std::string_view HttpResponse::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

struct StreamHandle::State {
  std::shared_ptr<net::StreamControl> control;
  std::weak_ptr<HttpClient::Loop> loop;
  uint64_t id = 0;
};

StreamHandle::StreamHandle(std::shared_ptr<State> state) : state_(std::move(state)) {}
StreamHandle::~StreamHandle() {
  cancel();
}
StreamHandle::StreamHandle(StreamHandle&&) noexcept = default;
StreamHandle& StreamHandle::operator=(StreamHandle&& other) noexcept {
  if (this != &other) {
    cancel();
    state_ = std::move(other.state_);
  }
  return *this;
}

void StreamHandle::cancel() {
  const std::shared_ptr<State> state = std::move(state_);
  state_.reset();
  if (!state) return;
  const std::shared_ptr<HttpClient::Loop> loop = state->loop.lock();
  if (loop && loop->on_thread()) {
    state->control->cancelled = true;  // perhaps inside a callback, which holds `busy`
  } else {
    MutexLock lock(state->control->busy);
    state->control->cancelled = true;
  }
  if (loop) loop->cancel(state->id);
}

HttpClient::HttpClient(const HttpOptions& options) {
  initialise_libcurl();
  requests_ = std::make_shared<Loop>(options);
  watches_ = std::make_shared<Loop>(options);
}

HttpClient::~HttpClient() {
  requests_->shutdown();
  watches_->shutdown();
}

HttpClient::Loop& HttpClient::loop(ConnectionGroup group) {
  return group == ConnectionGroup::watches ? *watches_ : *requests_;
}

void HttpClient::submit(HttpRequest request, std::function<void(Result<HttpResponse>)> done) {
  Result<std::string> origin = net::origin_of(request.url);
  if (!origin) {
    done(std::move(origin).error());
    return;
  }
  auto transfer = std::make_unique<Transfer>();
  const ConnectionGroup group = request.group;
  transfer->request = std::move(request);
  transfer->host = *std::move(origin);
  transfer->done = std::move(done);
  loop(group).add(std::move(transfer));
}

namespace {

// The place where a blocked caller waits for its answer.
struct Waiter {
  Mutex mutex;
  CondVar changed;
  std::optional<Result<HttpResponse>> answer GUARDED_BY(mutex);
};

}  // namespace

Result<HttpResponse> HttpClient::perform(HttpRequest request, std::stop_token stop) {
  CHECK(!requests_->on_thread() && !watches_->on_thread());
  auto transfer = std::make_unique<Transfer>();
  transfer->host = TRY(net::origin_of(request.url));
  Loop& target = loop(request.group);
  transfer->request = std::move(request);
  auto waiter = std::make_shared<Waiter>();
  transfer->done = [waiter](Result<HttpResponse> answer) {
    MutexLock lock(waiter->mutex);
    waiter->answer.emplace(std::move(answer));
    waiter->changed.notify_all();
  };
  const uint64_t id = target.add(std::move(transfer));
  const std::stop_callback on_stop(stop, [&target, id] { target.cancel(id); });
  MutexLock lock(waiter->mutex);
  while (!waiter->answer) waiter->changed.wait(waiter->mutex);
  return *std::move(waiter->answer);
}

StreamHandle HttpClient::stream(HttpRequest request, StreamCallbacks callbacks) {
  Result<std::string> origin = net::origin_of(request.url);
  if (!origin) {
    callbacks.on_end(std::move(origin).error());
    return {};
  }
  auto transfer = std::make_unique<Transfer>();
  std::shared_ptr<Loop> target = request.group == ConnectionGroup::watches ? watches_ : requests_;
  auto state = std::make_shared<StreamHandle::State>();
  state->control = std::make_shared<net::StreamControl>();
  state->loop = target;
  transfer->host = *std::move(origin);
  transfer->control = state->control;
  transfer->callbacks = std::move(callbacks);
  transfer->request = std::move(request);
  state->id = target->add(std::move(transfer));
  return StreamHandle(std::move(state));
}

void HttpClient::run_after(Duration delay, ConnectionGroup group, std::function<void()> task) {
  loop(group).run_after(delay, std::move(task));
}

}  // namespace plumb
