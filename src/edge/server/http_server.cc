#include "edge/server/http_server.h"

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <thread>

#include "base/text.h"

namespace plumb {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

// What is read of a refused body, so that the peer sees our answer instead of a reset connection.
constexpr size_t kDrainBytes = 4 << 20;
constexpr auto kDrainTime = std::chrono::seconds(2);
constexpr auto kAcceptPause = std::chrono::milliseconds(50);  // after EMFILE and the like

bool fits(const Route& route, std::string_view path) {
  return route.path.ends_with('/') ? path.starts_with(route.path) : path == route.path;
}

struct Found {
  const Route* route = nullptr;
  std::string allow;  // the methods of the path, when the method is not among them
};

Found find_route(const std::vector<Route>& routes, std::string_view method, std::string_view path) {
  Found found;
  for (const Route& route : routes) {
    if (!fits(route, path)) continue;
    if (route.method == method || (route.method == "GET" && method == "HEAD"))
      return {.route = &route, .allow = {}};
    if (!found.allow.empty()) found.allow += ", ";
    found.allow += route.method == "GET" ? "GET, HEAD" : route.method;
  }
  return found;
}

ServerReply guarded_answer(const Route& route, const ServerRequest& request, const Log& log) {
  try {
    return route.answer(request);
  } catch (const std::exception& e) {
    log.error("a route failed", {{"path", route.path}, {"error", e.what()}});
  }
  return error_reply(500, "InternalError", "internal error");
}

// Refuses what another parser in front of us could read in another way. nullopt: nothing to say.
std::optional<ServerReply> fault_of(const http::request_header<>& head) {
  const auto bad = [](const char* why) { return error_reply(400, "BadRequest", why); };
  if (head.version() != 10 && head.version() != 11) return bad("the protocol is not HTTP/1.1");
  if (head.version() == 11 && head.count(http::field::host) != 1) return bad("one Host is needed");
  const auto coding = head.find(http::field::transfer_encoding);
  if (coding != head.end()) {
    const bool is_chunked = boost::beast::iequals(coding->value(), "chunked");
    if (!is_chunked || head.count(http::field::transfer_encoding) != 1 || head.version() == 10)
      return bad("Transfer-Encoding is not chunked");
    if (head.count(http::field::content_length) != 0)
      return bad("Content-Length beside Transfer-Encoding");
  }
  if (head.count(http::field::content_length) > 1) return bad("more than one Content-Length");
  if (head.target().empty() || head.target().front() != '/') return bad("the target is no path");
  return std::nullopt;
}

class Session;

// What sessions share; lives on the server's thread, but for `count`.
struct Shared {
  ServerOptions options;
  std::vector<Route> routes;
  std::set<std::shared_ptr<Session>> sessions;
  std::atomic<size_t> count{0};
  bool stopping = false;
  std::function<void()> on_empty;
};

// One connection: header, body, answer; again while it is kept alive. Each phase has one time
// limit; when it passes, the pending operation is cancelled.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, std::shared_ptr<Shared> shared)
      : socket_(std::move(socket)), timer_(socket_.get_executor()), shared_(std::move(shared)) {
    error_code ignored;
    const auto remote = socket_.remote_endpoint(ignored);
    if (!ignored) remote_ = remote.address().to_string();
  }

  void begin() { read_header(); }

  void refuse_crowd() {
    keep_alive_ = false;
    send(error_reply(503, "TooManyConnections", "too many connections"));
  }

  // The server stops: an idle connection ends now, one under way after its answer.
  void wind_down() {
    keep_alive_ = false;
    if (phase_ == Phase::header && !got_some()) close();
  }

  void close() {
    timer_.cancel();
    error_code ignored;
    socket_.close(ignored);
    if (shared_->sessions.erase(shared_from_this()) == 0) return;
    --shared_->count;
    if (shared_->sessions.empty() && shared_->on_empty) shared_->on_empty();
  }

 private:
  enum class Phase { header, body, answer, drain };

  [[nodiscard]] bool got_some() const {
    return buffer_.size() > 0 || (header_ && header_->got_some());
  }

  void limit(Phase phase, Duration time) {
    phase_ = phase;
    timed_out_ = false;
    timer_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(time));
    timer_.async_wait([self = shared_from_this(), phase](error_code error) {
      if (!error && self->phase_ == phase) self->on_timeout();
    });
  }

  void on_timeout() {
    timed_out_ = true;
    if (phase_ == Phase::answer || phase_ == Phase::drain) return close();
    error_code ignored;
    socket_.cancel(ignored);
  }

  void read_header() {
    header_.emplace();
    header_->header_limit(static_cast<uint32_t>(shared_->options.header_limit));
    header_->body_limit(boost::none);  // the route decides
    limit(Phase::header, shared_->options.header_timeout);
    http::async_read_header(socket_, buffer_, *header_,
                            [self = shared_from_this()](error_code error, size_t) {
                              if (error) return self->on_read_error(error);
                              self->on_header();
                            });
  }

  void on_read_error(error_code error) {
    if (!socket_.is_open()) return;
    if (timed_out_ && got_some())
      return refuse(error_reply(408, "RequestTimeout", "the request took too long"));
    if (error == http::error::header_limit)
      return refuse(error_reply(431, "HeaderTooLarge", "the header is too long"));
    if (error == http::error::body_limit || error == http::error::buffer_overflow)
      return refuse(error_reply(413, "BodyTooLarge", "the body is too long"));
    const bool is_malformed =
        error.category() == make_error_code(http::error::bad_method).category();
    if (is_malformed && error != http::error::end_of_stream &&
        error != http::error::partial_message)
      return refuse(error_reply(400, "BadRequest", "the request is malformed"));
    close();
  }

  void on_header() {
    const http::request_header<>& head = header_->get();
    if (auto fault = fault_of(head)) return refuse(*std::move(fault));
    const std::string target(head.target());
    const size_t query = std::min(target.find('?'), target.size());
    request_ = {};
    request_.method = std::string(head.method_string());
    request_.path = target.substr(0, query);
    request_.query = query < target.size() ? target.substr(query + 1) : "";
    request_.remote = remote_;
    for (const auto& field : head) {
      std::string& value = request_.headers[to_lower(std::string_view(field.name_string()))];
      if (!value.empty()) value += ", ";
      value += std::string_view(field.value());
    }
    const Found found = find_route(shared_->routes, request_.method, request_.path);
    if (found.route == nullptr && !found.allow.empty()) {
      ServerReply reply = error_reply(405, "MethodNotAllowed", "this path knows " + found.allow);
      reply.headers.emplace_back("Allow", found.allow);
      return refuse(std::move(reply));
    }
    if (found.route == nullptr) return refuse(error_reply(404, "NotFound", "no such path"));
    route_ = found.route;
    if (header_->content_length().value_or(0) > route_->body_limit)
      return refuse(error_reply(413, "BodyTooLarge", "the body is too long"));
    read_body();
  }

  void read_body() {
    body_.emplace(std::move(*header_));
    header_.reset();
    body_->body_limit(route_->body_limit);
    limit(Phase::body, shared_->options.body_timeout);
    const bool waits = boost::beast::iequals(body_->get()[http::field::expect], "100-continue");
    if (!waits || body_->is_done()) return read_rest();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(socket_, asio::buffer(kContinue.data(), kContinue.size()),
                      [self = shared_from_this()](error_code error, size_t) {
                        if (error) return self->on_body_error(error);
                        self->read_rest();
                      });
  }

  void read_rest() {
    http::async_read(socket_, buffer_, *body_,
                     [self = shared_from_this()](error_code error, size_t) {
                       if (error) return self->on_body_error(error);
                       self->answer();
                     });
  }

  void on_body_error(error_code error) {
    if (timed_out_ && socket_.is_open())
      return refuse(error_reply(408, "RequestTimeout", "the request took too long"));
    on_read_error(error);
  }

  void answer() {
    keep_alive_ = body_->keep_alive() && !shared_->stopping;
    request_.body = std::move(body_->get().body());
    body_.reset();
    ServerReply reply = guarded_answer(*route_, request_, shared_->options.log);
    request_.body = {};
    send(std::move(reply));
  }

  // An answer before the request was read to its end.
  void refuse(ServerReply reply) {
    keep_alive_ = false;
    send(std::move(reply));
  }

  void send(ServerReply reply) {
    auto message = std::make_shared<http::response<http::string_body>>();
    message->version(11);
    message->result(reply.status);
    message->set(http::field::content_type, reply.content_type);
    message->set(http::field::cache_control, "no-store");
    message->set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : reply.headers) message->set(name, value);
    message->keep_alive(keep_alive_);
    message->content_length(reply.body.size());
    if (request_.method != "HEAD") message->body() = std::move(reply.body);
    limit(Phase::answer, shared_->options.write_timeout);
    http::async_write(socket_, *message,
                      [self = shared_from_this(), message](error_code error, size_t) {
                        if (error) return self->close();
                        self->after_answer();
                      });
  }

  void after_answer() {
    if (keep_alive_ && !shared_->stopping) return read_header();
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    if (shared_->stopping) return close();
    limit(Phase::drain, kDrainTime);
    drain();
  }

  void drain() {
    buffer_.clear();
    socket_.async_read_some(buffer_.prepare(16 << 10),
                            [self = shared_from_this()](error_code error, size_t bytes) {
                              self->drained_ += bytes;
                              if (error || self->drained_ > kDrainBytes) return self->close();
                              self->drain();
                            });
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  std::shared_ptr<Shared> shared_;
  std::string remote_;
  boost::beast::flat_buffer buffer_{64 << 10};
  std::optional<http::request_parser<http::empty_body>> header_;
  std::optional<http::request_parser<http::string_body>> body_;
  ServerRequest request_;
  const Route* route_ = nullptr;
  Phase phase_ = Phase::header;
  bool timed_out_ = false;
  bool keep_alive_ = true;
  size_t drained_ = 0;
};

}  // namespace

// The acceptor, the connections and the thread that runs them.
class HttpServer::Loop {
 public:
  Loop(ServerOptions options, std::vector<Route> routes)
      : acceptor_(io_), timer_(io_), shared_(std::make_shared<Shared>()) {
    shared_->options = std::move(options);
    shared_->routes = std::move(routes);
  }

  Result<void> listen() {
    const ServerOptions& options = shared_->options;
    const auto failed = [&](const std::string& what, const error_code& error) {
      return Error(kListenFailed,
                   "cannot listen on " + options.address + ":" + std::to_string(options.port) +
                       ": " + what + ": " + error.message(),
                   Retry::transient)
          .with_help("choose another address or port, or end the program that uses it");
    };
    error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error) return failed("not an IP address", error);
    const tcp::endpoint endpoint(address, options.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (error) return failed("bind", error);
    acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return failed("listen", error);
    port_ = acceptor_.local_endpoint(error).port();
    return {};
  }

  void run() {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }

  void stop() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { wind_down(); });
    thread_.join();
  }

  [[nodiscard]] uint16_t port() const { return port_; }
  [[nodiscard]] size_t connections() const { return shared_->count; }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (shared_->stopping || error == asio::error::operation_aborted) return;
      if (error) return accept_later();
      const bool is_crowded = shared_->count >= shared_->options.max_connections;
      auto session = std::make_shared<Session>(std::move(socket), shared_);
      // Answering that there is no room needs room too: beyond twice the limit only a close.
      if (shared_->count < 2 * shared_->options.max_connections) {
        shared_->sessions.insert(session);
        ++shared_->count;
        is_crowded ? session->refuse_crowd() : session->begin();
      }
      accept();
    });
  }

  void accept_later() {
    timer_.expires_after(kAcceptPause);
    timer_.async_wait([this](error_code error) {
      if (!error && !shared_->stopping) accept();
    });
  }

  void wind_down() {
    shared_->stopping = true;
    error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
    const auto sessions = shared_->sessions;  // a copy: closing erases
    for (const auto& session : sessions) session->wind_down();
    if (shared_->sessions.empty()) return;  // nothing is left to run: io_.run() returns
    shared_->on_empty = [this] { timer_.cancel(); };
    timer_.expires_after(
        std::chrono::duration_cast<asio::steady_timer::duration>(shared_->options.stop_grace));
    timer_.async_wait([this](error_code error) {
      if (error) return;
      const auto late = shared_->sessions;
      for (const auto& session : late) session->close();
    });
  }

  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
  uint16_t port_ = 0;
};

HttpServer::HttpServer(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}

HttpServer::~HttpServer() {
  loop_->stop();
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(ServerOptions options,
                                                      std::vector<Route> routes) {
  auto loop = std::make_unique<Loop>(std::move(options), std::move(routes));
  TRY(loop->listen());
  loop->run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(loop)));
}

uint16_t HttpServer::port() const {
  return loop_->port();
}

size_t HttpServer::connections() const {
  return loop_->connections();
}

void HttpServer::stop() {
  loop_->stop();
}

}  // namespace plumb
