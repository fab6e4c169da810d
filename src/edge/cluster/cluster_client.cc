#include "edge/cluster/cluster_client.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <random>
#include <utility>

#include "base/mutex.h"
#include "base/text.h"
#include "edge/cluster/credentials.h"
#include "edge/cluster/discovery.h"
#include "edge/cluster/request_gate.h"
#include "lang/json/json.h"

namespace plumb {
namespace {

constexpr auto kFirstBackoff = std::chrono::milliseconds(100);
constexpr auto kLongestBackoff = std::chrono::seconds(5);
constexpr int kListPageSize = 500;
constexpr int kListRestarts = 3;
constexpr const char* kDiscoveryAccept =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

// Where a blocked caller waits.
template <class T>
class Waiter {
 public:
  // The first one counts.
  void put(Result<T> answer) {
    MutexLock lock(mutex_);
    if (!answer_) answer_.emplace(std::move(answer));
    changed_.notify_all();
  }
  Result<T> wait() {
    MutexLock lock(mutex_);
    while (!answer_) changed_.wait(mutex_);
    return *std::move(answer_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::optional<Result<T>> answer_ GUARDED_BY(mutex_);
};

// Between half and all of a duration.
Duration jittered(Duration longest) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<Duration::rep> pick(longest.count() / 2, longest.count());
  return Duration(pick(random));
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// One request with its repetitions.
struct Call {
  Call() = default;
  // A repetition that was dropped with its timer, because the client is closing.
  ~Call() {
    if (done) done(Error(kCancelled, "the client is closed"));
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void answer(Result<HttpResponse> with) { std::exchange(done, nullptr)(std::move(with)); }

  HttpRequest request;
  Attempt attempt;
  Priority priority = Priority::commit;
  bool idempotent = true;
  bool gated = true;
  Deadline deadline;
  std::function<void(Result<HttpResponse>)> done;

  int tries = 0;
  Monotonic silent_since{};  // the first try after the last answer
  bool renewed = false;
  Monotonic sent_at{};
};

Result<Value> decode(Result<HttpResponse> response, const Attempt& attempt) {
  if (!response) return std::move(response).error();
  if (response->status / 100 != 2) return api_error(*response, attempt);
  Result<Value> body = json::parse(response->body);
  // The parser's message could quote the content.
  if (!body)
    return Error(kBadAnswer, "the server's answer is not JSON", Retry::transient)
        .while_doing(attempt.verb + " " + attempt.key.display());
  return body;
}

RemoveOutcome remove_outcome(const Value& answer) {
  RemoveOutcome outcome;
  if (answer.string_at({"kind"}) == "Status" ||
      answer.string_at({"metadata", "deletionTimestamp"}).empty())
    return outcome;
  outcome.state = RemoveOutcome::State::deleting;
  for (const Value* list :
       {answer.find_path({"metadata", "finalizers"}), answer.find_path({"spec", "finalizers"})}) {
    if (list == nullptr || !list->is_list()) continue;
    for (const Value& finalizer : *list->as_list()) {
      if (finalizer.is_string()) outcome.finalizers.push_back(*finalizer.as_string());
    }
  }
  return outcome;
}

const char* to_policy(Propagation propagation) {
  switch (propagation) {
    case Propagation::background:
      return "Background";
    case Propagation::foreground:
      return "Foreground";
    case Propagation::orphan:
      return "Orphan";
  }
  return "";
}

std::string apply_query(const ApplyOptions& options) {
  std::string query = "?fieldManager=" + query_escaped(options.field_manager);
  query += options.force ? "&force=true" : "&force=false";
  query += options.strict_validation ? "&fieldValidation=Strict" : "&fieldValidation=Warn";
  if (options.dry_run) query += "&dryRun=All";
  return query;
}

}  // namespace

class ClusterClient::Session {
 public:
  Session(ClusterAccess access, ClientOptions options)
      : access_(std::move(access)),
        options_(std::move(options)),
        credentials_(access_),
        gate_(options_),
        http_({.tls = access_.tls, .user_agent = options_.user_agent}) {}

  ~Session() { close(); }

  void close() {
    closing_ = true;
    gate_.close();
  }

  void start(const std::shared_ptr<Call>& call) {
    if (!call->gated) {
      if (closing_) return call->answer(refusal());
      send(call);
      return;
    }
    const Priority priority = call->priority;
    gate_.enter(priority, {.start = [this, call] { send(call); },
                           .refuse = [this, call] { call->answer(refusal()); }});
  }

  [[nodiscard]] bool is_lost() const {
    return lost_.with([](const std::optional<Error>& error) { return error.has_value(); });
  }

  [[nodiscard]] Error refusal() const {
    const std::optional<Error> lost = lost_.with([](const auto& error) { return error; });
    return lost ? *lost : Error(kCancelled, "the client is closed");
  }

  Result<HttpResponse> wait(const std::shared_ptr<Call>& call, const std::stop_token& stop = {}) {
    auto waiter = std::make_shared<Waiter<HttpResponse>>();
    call->done = [waiter](Result<HttpResponse> answer) { waiter->put(std::move(answer)); };
    start(call);
    // What is answered after it is of no use to anybody.
    const std::stop_callback give_up(
        stop, [waiter] { waiter->put(Error(kCancelled, "the client is closed")); });
    return waiter->wait();
  }

  Result<Value> wait_value(const std::shared_ptr<Call>& call, const std::stop_token& stop = {}) {
    const Attempt attempt = call->attempt;
    return decode(wait(call, stop), attempt);
  }

  [[nodiscard]] std::shared_ptr<Call> make_call(std::string method,
                                                const std::string& path_and_query, Attempt attempt,
                                                Deadline deadline) const {
    auto call = std::make_shared<Call>();
    call->request.method = std::move(method);
    call->request.url = access_.server + path_and_query;
    call->request.headers = {{"Accept", "application/json"}};
    call->attempt = std::move(attempt);
    call->deadline = deadline;
    return call;
  }

  [[nodiscard]] static Result<void> impersonate(Call& call,
                                                const std::optional<std::string>& user) {
    if (!user) return {};
    if (user->empty() || has_control_character(*user)) {
      return Error(kImpersonationMissing, "cannot " + call.attempt.verb + " " +
                                              call.attempt.key.display() +
                                              ": the account to act as is empty")
          .with_help("name the ServiceAccount of the app");
    }
    call.attempt.impersonate = *user;
    call.request.headers.emplace_back("Impersonate-User", *user);
    return {};
  }

  Result<std::shared_ptr<const ApiCatalog>> discover();

  const ClusterAccess access_;
  const ClientOptions options_;
  Guarded<std::shared_ptr<const ApiCatalog>> catalog_{std::make_shared<const ApiCatalog>()};
  Guarded<std::string> server_version_;
  Guarded<RequestCounters> counters_;
  Credentials credentials_;
  RequestGate gate_;
  std::atomic<bool> closing_{false};
  Guarded<std::optional<Error>> lost_;

 private:
  struct Cached {
    std::string etag;
    DiscoveryPart part;
  };

  void send(const std::shared_ptr<Call>& call) {
    const Monotonic now = std::chrono::steady_clock::now();
    if (call->deadline.at == Monotonic::max())
      call->deadline = Deadline::in(options_.request_timeout);
    call->sent_at = now;
    ++call->tries;
    HttpRequest request = call->request;
    request.deadline = call->deadline;
    if (call->silent_since == Monotonic{}) call->silent_since = now;
    if (const auto patience = patience_with(*call)) {
      request.deadline.at = std::min(request.deadline.at, *patience);
    }
    if (options_.fence && request.method != "GET") {
      request.send_by.at = options_.fence->until();
    }
    if (auto text = credentials_.authorization())
      request.headers.emplace_back("Authorization", *std::move(text));
    counters_.with([&](RequestCounters& counters) {
      ++counters.sent;
      ++counters.by_verb[call->attempt.verb];
      if (call->tries > 1) ++counters.retried;
    });
    http_.submit(std::move(request),
                 [this, call](Result<HttpResponse> answer) { receive(call, std::move(answer)); });
  }

  void receive(const std::shared_ptr<Call>& call, Result<HttpResponse> answer) {
    const bool throttled = answer && answer->status == 429;
    counters_.with([&](RequestCounters& counters) {
      const bool good = answer && (answer->status / 100 == 2 || answer->status == 304);
      ++(good ? counters.succeeded : counters.failed);
      if (throttled) ++counters.throttled;
    });
    const Duration latency = std::chrono::steady_clock::now() - call->sent_at;
    if (answer) call->silent_since = {};
    std::optional<Duration> delay = repeat_after(*call, answer);
    if (!answer && is_out_of_patience(*call, answer.error(), delay)) {
      lose(answer.error());
      answer = refusal();
      delay.reset();
    }
    // Answered before the next one starts: a chain of refusals must not nest.
    if (!delay) call->answer(std::move(answer));
    if (call->gated) gate_.leave(latency, throttled);
    if (delay) {
      http_.run_after(*delay, ConnectionGroup::requests, [this, call] { start(call); });
    }
  }

  // Until when an answer to the call must have come, or the server counts as lost.
  [[nodiscard]] std::optional<Monotonic> patience_with(const Call& call) const {
    if (options_.lost_after == Duration::zero()) return std::nullopt;
    return call.silent_since + std::chrono::duration_cast<Monotonic::duration>(options_.lost_after);
  }

  // Its next repetition would begin too late, or it was given all the time there is.
  [[nodiscard]] bool is_out_of_patience(const Call& call, const Error& error,
                                        std::optional<Duration> delay) const {
    const std::optional<Monotonic> patience = patience_with(call);
    if (is_lost()) return true;
    if (!patience || closing_ || call.deadline.at < *patience) return false;
    if (error.code() == kDeadlineExceeded) return true;
    return delay && std::chrono::steady_clock::now() + *delay >= *patience;
  }

  void lose(const Error& why) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(options_.lost_after);
    const Error lost(kServerLost,
                     access_.server + " gave no answer for " + std::to_string(seconds.count()) +
                         " s: " + why.message(),
                     Retry::transient);
    const bool first = lost_.with([&](std::optional<Error>& error) {
      if (error) return false;
      error = lost;
      return true;
    });
    if (!first) return;
    close();
    if (options_.on_lost) options_.on_lost(lost);
  }

  // When to repeat a request; nullopt: this answer is the answer.
  std::optional<Duration> repeat_after(Call& call, const Result<HttpResponse>& answer) {
    if (closing_) return std::nullopt;
    if (answer && answer->status == 401 && !call.renewed) {
      call.renewed = true;
      return credentials_.renew() ? std::optional<Duration>(Duration::zero()) : std::nullopt;
    }
    const bool transient = answer ? worth_retrying(*answer) : worth_retrying(answer.error());
    // 429 was not processed; any other failure may have been.
    const bool harmless = call.idempotent || (answer && answer->status == 429);
    if (!transient || !harmless) return std::nullopt;
    const int doublings = std::min(call.tries - 1, 6);
    Duration delay =
        jittered(std::min<Duration>(kFirstBackoff * (1 << doublings), kLongestBackoff));
    if (answer) {
      if (const auto asked = retry_after(*answer)) delay = std::max(delay, *asked + delay / 4);
    }
    if (std::chrono::steady_clock::now() + delay >= call.deadline.at) return std::nullopt;
    return delay;
  }

  Result<DiscoveryPart> read_part(const std::string& path, Cached& cached);
  Result<DiscoveryPart> read_groups(const std::string& path, const Value& document);

  Mutex discovery_mutex_;
  std::array<Cached, 2> discovered_ GUARDED_BY(discovery_mutex_);

 public:
  // Last, so that its threads end before anything they use.
  HttpClient http_;
};

Result<DiscoveryPart> ClusterClient::Session::read_groups(const std::string& path,
                                                          const Value& document) {
  DiscoveryPart part;
  const std::string folder = path + "/";
  for (const std::string& group_version : group_versions(document)) {
    const Attempt attempt{"discover", {}};
    auto call = make_call("GET", folder + group_version, attempt, Deadline::never());
    call->gated = false;
    const Result<Value> list = wait_value(call);
    if (!list) {
      part.partial.push_back(make_gvk(group_version, "").group);
      continue;
    }
    for (ApiResource& resource : read_resource_list(*list))
      part.resources.push_back(std::move(resource));
  }
  return part;
}

Result<DiscoveryPart> ClusterClient::Session::read_part(const std::string& path, Cached& cached) {
  auto call = make_call("GET", path, {"discover", {}}, Deadline::never());
  call->request.headers = {{"Accept", kDiscoveryAccept}};
  if (!cached.etag.empty()) call->request.headers.emplace_back("If-None-Match", cached.etag);
  call->gated = false;
  Result<HttpResponse> answer = wait(call);
  if (answer && answer->status == 304) return cached.part;
  std::string etag = answer ? std::string(answer->header("etag")) : std::string();
  const Value document = TRY(decode(std::move(answer), call->attempt));
  if (!is_aggregated(document)) return read_groups(path, document);
  DiscoveryPart part = read_aggregated(document);
  // A stale group comes back without a change of the tag's other inputs: ask in full again.
  cached = {part.partial.empty() ? std::move(etag) : std::string(), part};
  return part;
}

Result<std::shared_ptr<const ApiCatalog>> ClusterClient::Session::discover() {
  MutexLock lock(discovery_mutex_);
  const DiscoveryPart core = TRY(read_part("/api", discovered_[0]));
  const DiscoveryPart groups = TRY(read_part("/apis", discovered_[1]));
  std::shared_ptr<const ApiCatalog> made = make_catalog({&core, &groups});
  catalog_.with([&](auto& catalog) { catalog = made; });
  return made;
}

Result<std::unique_ptr<ClusterClient>> ClusterClient::connect(ClusterAccess access,
                                                              ClientOptions options,
                                                              std::stop_token stop) {
  if (access.server.empty()) return Error(kInvalidArgument, "no server is given");
  auto session = std::make_unique<Session>(std::move(access), std::move(options));
  auto call = session->make_call("GET", "/version", {"read", {"", "version", "", ""}},
                                 Deadline::in(session->options_.request_timeout));
  call->idempotent = false;  // tell at once that the server cannot be reached
  call->gated = false;
  const Result<Value> version = session->wait_value(call, std::move(stop));
  if (!version) return version.error().while_doing("connecting to " + session->access_.server);
  session->server_version_.with(
      [&](std::string& text) { text = version->string_at({"gitVersion"}); });
  return std::unique_ptr<ClusterClient>(new ClusterClient(std::move(session)));
}

ClusterClient::ClusterClient(std::unique_ptr<Session> session) : session_(std::move(session)) {}
ClusterClient::~ClusterClient() = default;

void ClusterClient::close() {
  session_->close();
}

bool ClusterClient::is_lost() const {
  return session_->is_lost();
}

const std::string& ClusterClient::server() const {
  return session_->access_.server;
}
const std::string& ClusterClient::default_namespace() const {
  return session_->access_.namespace_;
}
std::string ClusterClient::server_version() const {
  return session_->server_version_.with([](const std::string& text) { return text; });
}

// A cluster has one from its beginning to its end.
Result<std::string> ClusterClient::cluster_uid(Deadline deadline) {
  static const ApiResource kNamespaces{{"", "v1", "Namespace"}, "namespaces", false};
  const Value found = TRY(get(kNamespaces, {"", "Namespace", "", "kube-system"}, deadline));
  std::string uid = found.string_at({"metadata", "uid"});
  if (uid.empty()) return Error(kBadAnswer, "the namespace kube-system has no uid");
  return uid;
}

Result<std::shared_ptr<const ApiCatalog>> ClusterClient::discover() {
  return session_->discover();
}
std::shared_ptr<const ApiCatalog> ClusterClient::catalog() const {
  return session_->catalog_.with([](const auto& catalog) { return catalog; });
}

Result<ApiResource> ClusterClient::resource_of(const GroupVersionKind& gvk) {
  // Held while it is read: another thread's discovery replaces it.
  const std::shared_ptr<const ApiCatalog> before = catalog();
  if (const ApiResource* known = before->find(gvk)) return *known;
  const auto fresh = TRY(discover());
  if (const ApiResource* found = fresh->find(gvk)) return *found;
  if (fresh->partial.contains(gvk.group)) {
    return Error(kClusterUnavailable, "the API group " + gvk.group + " does not answer now",
                 Retry::transient);
  }
  const ApiResource* other = fresh->find_any(gvk.group_kind());
  return Error(kKindNotServed,
               "the cluster does not serve " + gvk.kind + " of " + gvk.api_version(),
               Retry::transient)
      .with_help(other ? "it serves " + other->gvk.api_version()
                       : "install its CustomResourceDefinition first");
}

void ClusterClient::apply(const ApiResource& resource, const ObjectKey& key, const Value& body,
                          // By value, as in every asynchronous call.
                          // NOLINTNEXTLINE(performance-unnecessary-value-param)
                          ApplyOptions options, Done<Value> done) {
  auto call = session_->make_call("PATCH", api_path(resource, key) + apply_query(options),
                                  {options.dry_run ? "dry-run" : "apply", key}, options.deadline);
  call->priority = options.priority;
  call->request.headers.emplace_back("Content-Type", "application/apply-patch+yaml");
  call->request.body = json::write(body);
  if (Result<void> set = Session::impersonate(*call, options.impersonate); !set) {
    done(std::move(set).error());
    return;
  }
  call->done = [attempt = call->attempt, done = std::move(done)](Result<HttpResponse> answer) {
    done(decode(std::move(answer), attempt));
  };
  session_->start(call);
}

Result<Value> ClusterClient::apply(const ApiResource& resource, const ObjectKey& key,
                                   const Value& body, ApplyOptions options) {
  auto waiter = std::make_shared<Waiter<Value>>();
  apply(resource, key, body, std::move(options),
        [waiter](Result<Value> answer) { waiter->put(std::move(answer)); });
  return waiter->wait();
}

// By value, as in every asynchronous call.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
void ClusterClient::remove(const ApiResource& resource, const ObjectKey& key, RemoveOptions options,
                           Done<RemoveOutcome> done) {
  auto call =
      session_->make_call("DELETE", api_path(resource, key), {"delete", key}, options.deadline);
  call->priority = options.priority;
  // Without the uid a repetition could delete a successor.
  call->idempotent = !options.uid.empty();
  Value body = Value::map({{"apiVersion", "v1"},
                           {"kind", "DeleteOptions"},
                           {"propagationPolicy", to_policy(options.propagation)}});
  if (!options.uid.empty()) body.set_path({"preconditions", "uid"}, options.uid);
  if (options.dry_run) body.set("dryRun", Value::list({"All"}));
  call->request.headers.emplace_back("Content-Type", "application/json");
  call->request.body = json::write(body);
  if (Result<void> set = Session::impersonate(*call, options.impersonate); !set) {
    done(std::move(set).error());
    return;
  }
  call->done = [attempt = call->attempt, done = std::move(done)](Result<HttpResponse> answer) {
    const Result<Value> decoded = decode(std::move(answer), attempt);
    if (decoded) {
      done(remove_outcome(*decoded));
    } else if (decoded.error().code() == kObjectNotFound) {
      done(RemoveOutcome{});
    } else {
      done(decoded.error());
    }
  };
  session_->start(call);
}

Result<RemoveOutcome> ClusterClient::remove(const ApiResource& resource, const ObjectKey& key,
                                            RemoveOptions options) {
  auto waiter = std::make_shared<Waiter<RemoveOutcome>>();
  remove(resource, key, std::move(options),
         [waiter](Result<RemoveOutcome> answer) { waiter->put(std::move(answer)); });
  return waiter->wait();
}

Result<Value> ClusterClient::get(const ApiResource& resource, const ObjectKey& key,
                                 Deadline deadline) {
  auto call = session_->make_call("GET", api_path(resource, key), {"get", key}, deadline);
  return session_->wait_value(call);
}

namespace {

struct Pages {
  ListPage all;
  std::string next;
};

void take_page(Pages& pages, const Value& page, const GroupVersionKind& gvk) {
  pages.all.resource_version = page.string_at({"metadata", "resourceVersion"});
  pages.next = page.string_at({"metadata", "continue"});
  const Value* items = page.find("items");
  if (items == nullptr || !items->is_list()) return;
  for (Value item : *items->as_list()) {
    if (item.find("kind") == nullptr) {
      item.set("apiVersion", gvk.api_version());
      item.set("kind", gvk.kind);
    }
    pages.all.items.push_back(std::move(item));
  }
}

}  // namespace

Result<ListPage> ClusterClient::list_page(const ApiResource& resource, const ListOptions& options) {
  const ObjectKey collection{resource.gvk.group, resource.gvk.kind, options.namespace_, ""};
  std::string query = "?limit=" + std::to_string(kListPageSize);
  if (!options.label_selector.empty())
    query += "&labelSelector=" + query_escaped(options.label_selector);
  if (!options.field_selector.empty())
    query += "&fieldSelector=" + query_escaped(options.field_selector);
  const std::string path = api_path(resource, collection) + query;
  Pages pages;
  int restarts = 0;
  do {
    auto call = session_->make_call(
        "GET", path + (pages.next.empty() ? "" : "&continue=" + query_escaped(pages.next)),
        {"list", collection}, options.deadline);
    call->request.group = ConnectionGroup::watches;
    call->gated = false;
    const Result<Value> page = session_->wait_value(call);
    if (!page && page.error().code() == kExpired && ++restarts <= kListRestarts) {
      pages = {};  // the inconsistent token the server offers is no base for pruning
      continue;
    }
    if (!page) return page.error();
    take_page(pages, *page, resource.gvk);
    if (pages.next.empty()) break;
  } while (true);
  return std::move(pages.all);
}

Result<std::vector<Value>> ClusterClient::list(const ApiResource& resource,
                                               const ListOptions& options) {
  return TRY(list_page(resource, options)).items;
}

Result<Value> ClusterClient::patch_status(const ApiResource& resource, const ObjectKey& key,
                                          const Value& body_with_status, Deadline deadline) {
  auto call = session_->make_call(
      "PATCH", api_path(resource, key) + "/status?fieldManager=" + kFieldManager + "-status",
      {"update the status of", key}, deadline);
  call->request.headers.emplace_back("Content-Type", "application/merge-patch+json");
  call->request.body = json::write(body_with_status);
  return session_->wait_value(call);
}

Result<Value> ClusterClient::merge_patch(const ApiResource& resource, const ObjectKey& key,
                                         const Value& patch, Deadline deadline) {
  auto call = session_->make_call(
      "PATCH", api_path(resource, key) + "?fieldManager=" + kFieldManager + "-control",
      {"patch", key}, deadline);
  call->request.headers.emplace_back("Content-Type", "application/merge-patch+json");
  call->request.body = json::write(patch);
  return session_->wait_value(call);
}

Result<Value> ClusterClient::create(const ApiResource& resource, const ObjectKey& key,
                                    const Value& body, Deadline deadline) {
  ObjectKey collection = key;
  collection.name.clear();
  auto call = session_->make_call(
      "POST", api_path(resource, collection) + "?fieldManager=" + kFieldManager + "-control",
      {"create", key}, deadline);
  call->idempotent = false;
  call->request.headers.emplace_back("Content-Type", "application/json");
  call->request.body = json::write(body);
  return session_->wait_value(call);
}

Result<Value> ClusterClient::update(const ApiResource& resource, const ObjectKey& key,
                                    const Value& body, Deadline deadline) {
  auto call = session_->make_call(
      "PUT", api_path(resource, key) + "?fieldManager=" + kFieldManager + "-control",
      {"update", key}, deadline);
  call->priority = Priority::heal;
  call->idempotent = body.string_at({"metadata", "resourceVersion"}).empty();
  call->request.headers.emplace_back("Content-Type", "application/json");
  call->request.body = json::write(body);
  return session_->wait_value(call);
}

Result<std::string> ClusterClient::get_raw(const std::string& path_and_query, Deadline deadline) {
  auto call =
      session_->make_call("GET", path_and_query, {"get", {"", path_and_query, "", ""}}, deadline);
  call->request.headers = {{"Accept", "*/*"}};
  const Attempt attempt = call->attempt;
  HttpResponse answer = TRY(session_->wait(call));
  if (answer.status / 100 != 2) return api_error(answer, attempt);
  return std::move(answer.body);
}

RequestCounters ClusterClient::counters() const {
  RequestCounters counters = session_->counters_.with([](const RequestCounters& c) { return c; });
  const RequestGate::Load load = session_->gate_.load();
  counters.in_flight = load.in_flight;
  counters.waiting = load.waiting;
  counters.window = load.window;
  return counters;
}

StreamHandle ClusterClient::open_stream(const std::string& path_and_query, const std::string& as,
                                        std::chrono::seconds idle_timeout,
                                        StreamCallbacks callbacks) {
  HttpRequest request{.url = session_->access_.server + path_and_query,
                      .headers = {{"Accept", "application/json"}},
                      .group = ConnectionGroup::watches,
                      .idle_timeout = idle_timeout};
  if (auto text = session_->credentials_.authorization())
    request.headers.emplace_back("Authorization", *std::move(text));
  if (!as.empty()) request.headers.emplace_back("Impersonate-User", as);
  session_->counters_.with([](RequestCounters& counters) {
    ++counters.sent;
    ++counters.by_verb["watch"];
  });
  return session_->http_.stream(std::move(request), std::move(callbacks));
}

void ClusterClient::run_after(Duration delay, std::function<void()> task) {
  session_->http_.run_after(delay, ConnectionGroup::watches, std::move(task));
}

std::string api_path(const ApiResource& resource, const ObjectKey& key) {
  const GroupVersionKind& gvk = resource.gvk;
  std::string path = gvk.group.empty() ? "/api/" + gvk.version
                                       : "/apis/" + query_escaped(gvk.group) + "/" + gvk.version;
  if (resource.namespaced && !key.namespace_.empty())
    path += "/namespaces/" + query_escaped(key.namespace_);
  path += "/" + resource.plural;
  if (!key.name.empty()) path += "/" + query_escaped(key.name);
  return path;
}

std::string query_escaped(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (kPlain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

}  // namespace plumb
