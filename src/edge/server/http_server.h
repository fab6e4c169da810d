// HttpServer: HTTP/1.1 for probes, metrics and webhooks, on one thread of its own.
//
// Routes are fixed at the start and answered on that thread; they must not block. Every phase of a
// connection has a time limit as a whole (not per read), so that a slow sender costs one connection
// for a bounded time; headers, bodies and the number of connections are limited. Messages that two
// parsers could read differently (Content-Length with Transfer-Encoding, codings other than
// chunked) are refused. Errors are JSON {"code","error"}. Serve probes and webhooks by two servers:
// a crowd of strangers must not starve the kubelet.
// Start and stop from any thread; no TLS: what is exposed stands behind an ingress.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "edge/server/http_types.h"

namespace plumb {

inline constexpr ErrorCode kListenFailed{925, "ListenFailed"};

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;  // 0: a free one
  size_t header_limit = 16 << 10;
  size_t max_connections = 256;                        // one more is answered 503 and closed
  Duration header_timeout = std::chrono::seconds(10);  // also the longest idle time
  Duration body_timeout = std::chrono::seconds(20);
  Duration write_timeout = std::chrono::seconds(20);
  Duration stop_grace = std::chrono::milliseconds(500);  // for requests under way
  Log log = {};
};

class HttpServer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(ServerOptions options,
                                                                 std::vector<Route> routes);
  ~HttpServer();  // stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  [[nodiscard]] uint16_t port() const;
  [[nodiscard]] size_t connections() const;
  // No new connections; requests under way may end within stop_grace. Returns when the thread has
  // ended.
  void stop();

 private:
  class Loop;
  explicit HttpServer(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

// "127.0.0.1:8080", ":8080" (all addresses), "[::1]:0" -> address and port of ServerOptions.
struct ListenAddress {
  std::string address;
  uint16_t port = 0;
};
[[nodiscard]] Result<ListenAddress> parse_listen_address(std::string_view text);

}  // namespace plumb
