// ClusterClient: the requests Plumb makes of a Kubernetes API server.
//
// One client per cluster; thread safe. Requests pass one gate: at most `window` are in flight
// (8..32, additive increase, halved on 429 or when latency triples), the rest waits by strict
// Priority. 429, 503 and lost connections are repeated inside, honouring Retry-After, with jitter,
// until the deadline; but only requests that are idempotent. Asynchronous callbacks run on the
// network thread: they must not block and must not call a blocking member. Errors: api_error.h and
// the transport's of http_client.h. Namespaces of keys of cluster-scoped kinds are ignored.
// Discovery after client-go v0.36 (aggregated discovery v2 with ETag, else group by group).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/log.h"
#include "edge/cluster/api_error.h"
#include "edge/cluster/fence.h"
#include "edge/cluster/kubeconfig.h"
#include "edge/net/http_client.h"
#include "model/observed.h"

namespace plumb {

enum class Priority { heal, commit, first_sync, sweep };  // strict: a heal goes before all others

struct ClientOptions {
  std::string user_agent = "plumb";
  Log log = {};
  Duration request_timeout = std::chrono::seconds(30);  // where a call has no deadline of its own
  size_t window_least = 2;
  size_t window_start = 8;
  size_t window_most = 32;
  std::shared_ptr<const Fence> fence = nullptr;  // absent: may always write
  // A server that gave no answer to a request for this long, repetitions included, is lost: the
  // client ends, and all its requests with kServerLost, so that nobody waits for it one request
  // after the other. Zero: never; each request is repeated until its own deadline.
  Duration lost_after = Duration::zero();
  std::function<void(const Error&)> on_lost = {};  // once; on the network thread
};

struct ApplyOptions {
  Priority priority = Priority::commit;
  // "system:serviceaccount:ns:name". Absent: as ourselves. Present but empty:
  // kImpersonationMissing.
  std::optional<std::string> impersonate = {};
  std::string field_manager = kFieldManager;
  bool force = true;
  bool dry_run = false;
  bool strict_validation = true;
  Deadline deadline = Deadline::never();
};

enum class Propagation { background, foreground, orphan };

struct RemoveOptions {
  std::string uid = {};  // precondition; "" deletes whatever has the name
  Propagation propagation = Propagation::background;
  std::optional<std::string> impersonate = {};
  bool dry_run = false;
  Priority priority = Priority::commit;
  Deadline deadline = Deadline::never();
};

struct RemoveOutcome {
  enum class State {
    gone,      // no such object (any more)
    deleting,  // accepted; finalizers hold it
  };
  State state = State::gone;
  std::vector<std::string> finalizers = {};
};

struct ListOptions {
  std::string namespace_ = {};  // "": all
  std::string label_selector = {};
  std::string field_selector = {};
  Deadline deadline = Deadline::never();
};

struct ListPage {
  std::vector<Value> items;      // with apiVersion and kind
  std::string resource_version;  // to watch from
};

struct RequestCounters {
  uint64_t sent = 0;       // requests put on the wire, repetitions included
  uint64_t succeeded = 0;  // 2xx, and 304
  uint64_t failed = 0;     // other statuses, transport errors
  uint64_t throttled = 0;  // 429
  uint64_t retried = 0;
  size_t in_flight = 0;
  size_t waiting = 0;
  size_t window = 0;
  std::map<std::string, uint64_t> by_verb;  // "apply", "get", "list", "watch", "delete", …
};

class ClusterClient {
 public:
  template <class T>
  using Done = std::function<void(Result<T>)>;

  // Warms up the connection by GET /version; errors tell unreachable from unauthorized. kCancelled
  // after a stop request.
  [[nodiscard]] static Result<std::unique_ptr<ClusterClient>> connect(ClusterAccess access,
                                                                      ClientOptions options = {},
                                                                      std::stop_token stop = {});
  ~ClusterClient();
  ClusterClient(const ClusterClient&) = delete;
  ClusterClient& operator=(const ClusterClient&) = delete;

  // For an end in time: from now on requests are refused with kCancelled, those that wait as well.
  // What was sent is still answered; nothing is repeated.
  void close();

  [[nodiscard]] bool is_lost() const;  // see ClientOptions::lost_after

  [[nodiscard]] const std::string& server() const;
  [[nodiscard]] const std::string& default_namespace() const;
  [[nodiscard]] std::string server_version() const;  // "v1.36.3"

  // The uid of the namespace kube-system: by it the cluster is known, whatever its URL is.
  [[nodiscard]] Result<std::string> cluster_uid(Deadline deadline = Deadline::never());

  // What the server serves now; cheap when nothing changed (304). Groups that failed are partial.
  [[nodiscard]] Result<std::shared_ptr<const ApiCatalog>> discover();
  // The last discovery; never null, empty before the first.
  [[nodiscard]] std::shared_ptr<const ApiCatalog> catalog() const;
  // The resource of a kind, asking the server again if it is not in the catalog. Blocks.
  [[nodiscard]] Result<ApiResource> resource_of(const GroupVersionKind& gvk);

  // Server-side apply of a complete body by our field manager; yields the object as stored.
  void apply(const ApiResource& resource, const ObjectKey& key, const Value& body,
             ApplyOptions options, Done<Value> done);
  [[nodiscard]] Result<Value> apply(const ApiResource& resource, const ObjectKey& key,
                                    const Value& body, ApplyOptions options = {});
  // An object that is not there is gone; another uid than asked for is kObjectConflict.
  void remove(const ApiResource& resource, const ObjectKey& key, RemoveOptions options,
              Done<RemoveOutcome> done);
  [[nodiscard]] Result<RemoveOutcome> remove(const ApiResource& resource, const ObjectKey& key,
                                             RemoveOptions options = {});

  [[nodiscard]] Result<Value> get(const ApiResource& resource, const ObjectKey& key,
                                  Deadline deadline = Deadline::never());
  // Consistent (quorum) lists, page by page; a page token that expired starts over.
  [[nodiscard]] Result<ListPage> list_page(const ApiResource& resource, const ListOptions& options);
  [[nodiscard]] Result<std::vector<Value>> list(const ApiResource& resource,
                                                const ListOptions& options = {});
  // Merge patch of the /status subresource. A metadata.resourceVersion in it is a precondition.
  [[nodiscard]] Result<Value> patch_status(const ApiResource& resource, const ObjectKey& key,
                                           const Value& body_with_status,
                                           Deadline deadline = Deadline::never());
  // Merge patch of the object: finalizers, annotations.
  [[nodiscard]] Result<Value> merge_patch(const ApiResource& resource, const ObjectKey& key,
                                          const Value& patch,
                                          Deadline deadline = Deadline::never());
  // Not repeated when the connection is lost: the server may have done it.
  [[nodiscard]] Result<Value> create(const ApiResource& resource, const ObjectKey& key,
                                     const Value& body, Deadline deadline = Deadline::never());
  // PUT; a metadata.resourceVersion in the body is a precondition.
  [[nodiscard]] Result<Value> update(const ApiResource& resource, const ObjectKey& key,
                                     const Value& body, Deadline deadline = Deadline::never());
  // The answer of any path of the server by GET ("/readyz", a log, a metrics API).
  [[nodiscard]] Result<std::string> get_raw(const std::string& path_and_query,
                                            Deadline deadline = Deadline::never());

  [[nodiscard]] RequestCounters counters() const;

  // For Watch: a raw stream of a path, with our credentials, outside the gate. `as`: the user to
  // act as; "" for ourselves.
  [[nodiscard]] StreamHandle open_stream(const std::string& path_and_query, const std::string& as,
                                         std::chrono::seconds idle_timeout,
                                         StreamCallbacks callbacks);
  void run_after(Duration delay, std::function<void()> task);  // on the watches' network thread

 private:
  class Session;
  explicit ClusterClient(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

// "/apis/apps/v1/namespaces/prod/deployments/web"; the collection where the name is "", all
// namespaces where that is "".
[[nodiscard]] std::string api_path(const ApiResource& resource, const ObjectKey& key);
[[nodiscard]] std::string query_escaped(std::string_view text);

}  // namespace plumb
