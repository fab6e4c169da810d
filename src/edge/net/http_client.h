// HttpClient: HTTP/2 over TLS (HTTP/1.1 as fallback) for the Kubernetes API, Git hosts and
// registries.
//
// Owns one network thread and one pool of connections per ConnectionGroup, so that a large answer
// of one group never delays the other. Thread safe. Callbacks run on the group's network thread:
// they must not block and must not call `perform`. Everything pending ends with kCancelled when the
// client is destroyed; do not destroy it in a callback.
//
// The first request to a host goes alone, the others wait for its answer's headers: libcurl 7.88
// opens one connection for each request that is added before the server's SETTINGS arrived
// (curl/curl#6826). Dead peers are found by TCP keep-alive and TCP_USER_TIMEOUT.
// Redirects are not followed unless the request allows them. Proxies come from the environment
// (https_proxy, no_proxy).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace plumb {

inline constexpr ErrorCode kConnectFailed{950, "ConnectFailed"};
inline constexpr ErrorCode kTlsFailed{951, "TlsFailed"};
inline constexpr ErrorCode kNameNotResolved{952, "NameNotResolved"};
inline constexpr ErrorCode kConnectionLost{953, "ConnectionLost"};
inline constexpr ErrorCode kBodyTooLarge{954, "BodyTooLarge"};
inline constexpr ErrorCode kStreamIdle{955, "StreamIdle"};
inline constexpr ErrorCode kBadUrl{956, "BadUrl"};
inline constexpr ErrorCode kTooLateToSend{957, "TooLateToSend"};  // the lease ended

enum class ConnectionGroup {
  requests,  // short requests and answers
  watches,   // long-lived streams and large answers
};

struct TlsOptions {
  std::string ca_pem;           // with ca_file empty, too: the system's certificates
  std::string ca_file;          // read anew for each connection (it is rotated); wins over ca_pem
  std::string client_cert_pem;  // with client_key_pem, or both empty
  std::string client_key_pem;
  bool insecure_skip_verify = false;
  std::string server_name;  // verified instead of the host of the URL; empty: the host
};

struct HttpOptions {
  TlsOptions tls = {};
  std::string user_agent = "plumb";
  Duration connect_timeout = std::chrono::seconds(10);
  long http2_connections = 2;   // at most, per host and group
  long http1_connections = 64;  // the same for a host that speaks HTTP/1.1 only
};

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  HttpHeaders headers = {};
  std::string body = {};
  Deadline deadline = Deadline::never();
  Deadline send_by = Deadline::never();  // after it nothing is put on the wire: kTooLateToSend
  uint64_t max_body = 64ull << 20;       // of an answer; not for streams
  ConnectionGroup group = ConnectionGroup::requests;
  std::chrono::seconds idle_timeout{0};  // no byte for that long ends it with kStreamIdle; 0: never
  int max_redirects = 0;
  bool compressed = false;  // offer gzip
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;  // names in lower case
  std::string body;

  [[nodiscard]] std::string_view header(std::string_view lower_case_name) const;  // "" if absent
};

// A running stream; destroying or cancelling it ends the transfer. When `cancel` returns, no
// callback of the stream runs or will run (except when called by such a callback itself). So hold
// no lock which the callbacks take while cancelling.
class StreamHandle {
 public:
  StreamHandle() = default;
  ~StreamHandle();
  StreamHandle(StreamHandle&&) noexcept;
  StreamHandle& operator=(StreamHandle&&) noexcept;
  void cancel();

 private:
  friend class HttpClient;
  struct State;
  explicit StreamHandle(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

struct StreamCallbacks {
  // Headers arrived. May be empty.
  std::function<void(const HttpResponse& head)> on_head = {};
  std::function<void(std::string_view chunk)> on_data;
  // Exactly once unless cancelled: the status after a clean end, or why it ended.
  std::function<void(Result<int> status)> on_end;
};

class HttpClient {
 public:
  explicit HttpClient(const HttpOptions& options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Any HTTP status is an answer; errors are those of the transport, the deadline and limits.
  void submit(HttpRequest request, std::function<void(Result<HttpResponse>)> done);
  // Blocks until the answer, the deadline or a stop request.
  [[nodiscard]] Result<HttpResponse> perform(HttpRequest request, std::stop_token stop = {});
  // The deadline of the request bounds the whole stream.
  [[nodiscard]] StreamHandle stream(HttpRequest request, StreamCallbacks callbacks);
  // Runs `task` on the group's network thread; dropped when the client is destroyed first.
  void run_after(Duration delay, ConnectionGroup group, std::function<void()> task);

 private:
  friend class StreamHandle;
  class Loop;
  std::shared_ptr<Loop> requests_;
  std::shared_ptr<Loop> watches_;

  [[nodiscard]] Loop& loop(ConnectionGroup group);
};

}  // namespace plumb
