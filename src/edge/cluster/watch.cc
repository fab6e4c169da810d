#include "edge/cluster/watch.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <random>
#include <unordered_map>

#include "base/mutex.h"
#include "lang/json/json.h"

namespace plumb {
namespace {

constexpr auto kFirstBackoff = std::chrono::milliseconds(50);
constexpr auto kLongestBackoff = std::chrono::seconds(10);
// The server ends a stream after a random time, so that reconnects spread.
constexpr int kStreamSecondsLeast = 300;
constexpr int kStreamSecondsMost = 600;
constexpr size_t kMaxLine = 16 << 20;
constexpr const char* kInitialEventsEnd = "k8s.io/initial-events-end";

int random_between(int least, int most) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_int_distribution<int>(least, most)(random);
}

}  // namespace

uint64_t version_number(std::string_view resource_version) {
  uint64_t number = 0;
  const char* end = resource_version.data() + resource_version.size();
  const auto [at, error] = std::from_chars(resource_version.data(), end, number);
  return error == std::errc() && at == end ? number : 0;
}

// The state machine of one stream. Everything but `stream_` and `stopped_` belongs to the network
// thread (the first start happens before it can run).
class Watch::Stream : public std::enable_shared_from_this<Watch::Stream> {
 public:
  Stream(ClusterClient& client, WatchOptions options, WatchCallbacks callbacks)
      : client_(client),
        options_(std::move(options)),
        callbacks_(std::move(callbacks)),
        streaming_list_(options_.streaming_list) {}

  void start_soon(Duration delay) {
    client_.run_after(delay, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->start();
    });
  }

  void stop() EXCLUDES(mutex_) {
    StreamHandle last;
    {
      MutexLock lock(mutex_);
      stopped_ = true;
      last = std::move(stream_);
    }
    last.cancel();
    // A task of run_after may be inside `start`, which holds `running_` while it calls back.
    MutexLock lock(running_);
  }

  [[nodiscard]] bool synced() const { return synced_; }

 private:
  [[nodiscard]] std::string base_query() const {
    std::string query;
    if (!options_.label_selector.empty())
      query += "&labelSelector=" + query_escaped(options_.label_selector);
    if (!options_.field_selector.empty())
      query += "&fieldSelector=" + query_escaped(options_.field_selector);
    return query;
  }

  [[nodiscard]] std::string collection() const {
    const GroupVersionKind& gvk = options_.resource.gvk;
    return api_path(options_.resource, {gvk.group, gvk.kind, options_.namespace_, ""});
  }

  [[nodiscard]] bool stopped() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return stopped_;
  }

  void start() EXCLUDES(mutex_, running_) {
    MutexLock running(running_);
    if (stopped()) return;
    if (version_.empty() && !streaming_list_) {
      begin_list();
      open_list();
    } else {
      if (version_.empty()) begin_list();
      open_watch();
    }
  }

  void begin_list() {
    listing_ = true;
    listed_.clear();
    next_page_.clear();
    if (callbacks_.on_list_begin) callbacks_.on_list_begin();
  }

  void open(const std::string& path, std::chrono::seconds idle) EXCLUDES(mutex_) {
    line_.clear();
    head_status_ = 0;
    opened_at_ = std::chrono::steady_clock::now();
    // The stream's callbacks end with its handle, which this object owns: `this` is safe there.
    StreamHandle handle = client_.open_stream(
        path, options_.impersonate, idle,
        {.on_head = [this](const HttpResponse& head) { head_status_ = head.status; },
         .on_data = [this](std::string_view chunk) { take(chunk); },
         .on_end = [this](Result<int> status) { ended(std::move(status)); }});
    MutexLock lock(mutex_);
    if (!stopped_) stream_ = std::move(handle);
  }

  void open_watch() {
    const int seconds = random_between(kStreamSecondsLeast, kStreamSecondsMost);
    std::string path = collection() + "?watch=1&allowWatchBookmarks=true&timeoutSeconds=" +
                       std::to_string(seconds) + base_query();
    path += version_.empty() ? "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
                             : "&resourceVersion=" + query_escaped(version_);
    reading_list_ = false;
    open(path, options_.idle_timeout);
  }

  void open_list() {
    std::string path = collection() + "?limit=500" + base_query();
    if (!next_page_.empty()) path += "&continue=" + query_escaped(next_page_);
    reading_list_ = true;
    open(path, options_.idle_timeout);
  }

  // Bytes of the stream: a watch is a line per event, all else one document.
  void take(std::string_view chunk) {
    if (line_.size() + chunk.size() > kMaxLine * (reading_list_ ? 4 : 1)) {
      too_large_ = true;
      return;
    }
    if (reading_list_ || head_status_ / 100 != 2) {
      line_.append(chunk);
      return;
    }
    while (!chunk.empty()) {
      const size_t end = chunk.find('\n');
      if (end == std::string_view::npos) {
        line_.append(chunk);
        return;
      }
      if (line_.empty()) {
        take_line(chunk.substr(0, end));
      } else {
        line_.append(chunk.substr(0, end));
        take_line(line_);
        line_.clear();
      }
      chunk.remove_prefix(end + 1);
    }
  }

  void take_line(std::string_view text) {
    if (broken_ || text.empty()) return;
    const Result<Value> event = json::parse(text);
    const Value* object = event ? event->find("object") : nullptr;
    if (object == nullptr) {
      // One event was not understood: only a new list can tell what was missed.
      broken_ = Error(kBadAnswer, "an event of the watch is not understood", Retry::transient);
      forget_version();
      return;
    }
    const std::string type = event->string_at({"type"});
    if (type == "BOOKMARK") {
      take_bookmark(*object);
    } else if (type == "ERROR") {
      take_error(*object);
    } else if (type == "ADDED" || type == "MODIFIED" || type == "DELETED") {
      take_change(type[0], *object);
    }
  }

  void take_change(char type, const Value& object) {
    // Within a streamed list the events' versions are no place to resume from.
    if (!listing_) go_on_from(object.string_at({"metadata", "resourceVersion"}));
    WatchEvent event{.type = type == 'A'   ? WatchEvent::Type::added
                             : type == 'M' ? WatchEvent::Type::modified
                                           : WatchEvent::Type::deleted,
                     .object = object};
    note_name(event);
    callbacks_.on_event(event);
  }

  void take_bookmark(const Value& object) {
    const std::string version = object.string_at({"metadata", "resourceVersion"});
    const bool end_of_list =
        object.string_at({"metadata", "annotations", kInitialEventsEnd}) == "true";
    if (listing_ && !end_of_list) return;
    if (listing_) return end_list(version);
    go_on_from(version);
  }

  void take_error(const Value& status) {
    HttpResponse as_response;
    as_response.status = static_cast<int>(status.integer_at({"code"}).value_or(500));
    as_response.body = json::write(status);
    broken_ = api_error(as_response, attempt());
    if (as_response.status == 410) forget_version();
  }

  void take_list_page() {
    Result<Value> page = json::parse(line_);
    if (!page) {
      broken_ = Error(kBadAnswer, "the list is not JSON", Retry::transient);
      return;
    }
    const GroupVersionKind& gvk = options_.resource.gvk;
    if (const Value* items = page->find("items"); items != nullptr && items->is_list()) {
      for (const Value& item : *items->as_list()) {
        Value object = item;
        object.set("apiVersion", gvk.api_version());
        object.set("kind", gvk.kind);
        take_change('A', object);
      }
    }
    next_page_ = page->string_at({"metadata", "continue"});
    if (!next_page_.empty()) return;
    end_list(page->string_at({"metadata", "resourceVersion"}));
  }

  void go_on_from(const std::string& version) {
    version_ = version;
    newest_ = std::max(newest_, version_number(version));
  }

  void end_list(const std::string& version) {
    const uint64_t number = version_number(version);
    if (number != 0 && number < newest_) {
      report(Error(kHistoryWentBack, "the API server is at version " + version + ", but was at " +
                                         std::to_string(newest_) +
                                         " before: was its etcd restored?"));
      newest_ = 0;
    }
    go_on_from(version);
    listing_ = false;
    synced_ = true;
    backoff_ = kFirstBackoff;
    delete_unlisted();
    if (callbacks_.on_synced) callbacks_.on_synced(version_);
  }

  void forget_version() {
    version_.clear();
    listing_ = false;
  }

  void note_name(const WatchEvent& event) {
    if (!options_.track_names) return;
    std::string name = event.object.string_at({"metadata", "namespace"}) + "/" +
                       event.object.string_at({"metadata", "name"});
    if (event.type == WatchEvent::Type::deleted) {
      known_.erase(name);
      listed_.erase(name);
      return;
    }
    known_[name] = event.object.string_at({"metadata", "uid"});
    if (listing_) listed_[name] = {};
  }

  void delete_unlisted() {
    std::vector<std::pair<std::string, std::string>> gone;
    for (const auto& [name, uid] : known_) {
      if (!listed_.contains(name) && options_.track_names) gone.emplace_back(name, uid);
    }
    listed_.clear();
    for (const auto& [name, uid] : gone) {
      known_.erase(name);
      const size_t slash = name.find('/');
      Value object = Value::map({{"apiVersion", options_.resource.gvk.api_version()},
                                 {"kind", options_.resource.gvk.kind}});
      if (slash > 0) object.set_path({"metadata", "namespace"}, name.substr(0, slash));
      object.set_path({"metadata", "name"}, name.substr(slash + 1));
      object.set_path({"metadata", "uid"}, uid);
      callbacks_.on_event({.type = WatchEvent::Type::deleted, .object = std::move(object)});
    }
  }

  [[nodiscard]] Attempt attempt() const {
    const GroupVersionKind& gvk = options_.resource.gvk;
    return {"watch", {gvk.group, gvk.kind, options_.namespace_, ""}};
  }

  // The server refused to stream the list: page it.
  [[nodiscard]] bool streaming_refused(int status) const {
    return streaming_list_ && version_.empty() && (status == 400 || status == 422);
  }

  // What went wrong with the stream; nothing for a clean end.
  std::optional<Error> failure(const Result<int>& status) {
    if (std::exchange(too_large_, false)) {
      forget_version();
      return Error(kBadAnswer, "an answer of the watch is too large", Retry::transient);
    }
    if (broken_) return std::exchange(broken_, std::nullopt);
    if (!status) {
      if (options_.list_after_loss || status.error().code() == kStreamIdle) forget_version();
      return status.error();
    }
    if (*status / 100 == 2) return std::nullopt;
    HttpResponse response;
    response.status = *status;
    response.body = line_;
    if (*status == 410 || (*status == 403 && options_.list_after_loss)) forget_version();
    return api_error(response, attempt());
  }

  void ended(Result<int> status) {
    if (status && *status / 100 != 2 && streaming_refused(*status)) {
      streaming_list_ = false;
      start_soon(Duration::zero());
      return;
    }
    if (status && *status / 100 == 2 && reading_list_ && !too_large_) take_list_page();
    const std::optional<Error> error = failure(status);
    if (error) {
      if (listing_) forget_version();  // half a list is no list
      report(*error);
      const bool expired = error->code() == kExpired;
      start_soon(expired ? Duration(kFirstBackoff) : next_backoff(*error));
      return;
    }
    if (listing_ && reading_list_ && !next_page_.empty()) {
      open_list();
      return;
    }
    if (listing_) forget_version();  // the stream ended before its list did
    const bool short_lived =
        std::chrono::steady_clock::now() - opened_at_ < std::chrono::seconds(1) && !reading_list_;
    if (!short_lived) backoff_ = kFirstBackoff;
    start_soon(short_lived ? grow_backoff() : Duration::zero());
  }

  void report(const Error& error) {
    options_.log.debug("watch interrupted",
                       {{"kind", options_.resource.gvk.kind}, {"error", error.summary()}});
    if (callbacks_.on_error) callbacks_.on_error(error);
  }

  Duration grow_backoff() {
    const Duration now = backoff_;
    backoff_ = std::min<Duration>(backoff_ * 2, kLongestBackoff);
    return now / 2 + now * random_between(0, 500) / 1000;
  }

  Duration next_backoff(const Error& error) {
    // What a person has to mend is not asked for every few milliseconds.
    if (error.retry() == Retry::denied || error.code() == kKindNotServed)
      backoff_ = std::max<Duration>(backoff_, std::chrono::seconds(1));
    return grow_backoff();
  }

  ClusterClient& client_;
  const WatchOptions options_;
  const WatchCallbacks callbacks_;

  bool streaming_list_;
  std::string version_;   // to resume from; "": a list is needed
  uint64_t newest_ = 0;   // of the versions seen
  bool listing_ = false;  // between on_list_begin and on_synced
  bool reading_list_ = false;
  std::string next_page_;
  std::string line_;
  int head_status_ = 0;
  bool too_large_ = false;
  std::optional<Error> broken_;
  Monotonic opened_at_{};
  Duration backoff_ = kFirstBackoff;
  std::unordered_map<std::string, std::string> known_;   // name -> uid
  std::unordered_map<std::string, std::string> listed_;  // names of the running list

  std::atomic<bool> synced_{false};
  Mutex running_;  // held by a running `start`
  mutable Mutex mutex_;
  StreamHandle stream_ GUARDED_BY(mutex_);
  bool stopped_ GUARDED_BY(mutex_) = false;
};

Watch::Watch(ClusterClient& client, WatchOptions options, WatchCallbacks callbacks)
    : stream_(std::make_shared<Stream>(client, std::move(options), std::move(callbacks))) {
  stream_->start_soon(Duration::zero());
}

Watch::~Watch() {
  stream_->stop();
}

bool Watch::synced() const {
  return stream_->synced();
}

}  // namespace plumb
