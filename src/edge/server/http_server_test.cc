#include "edge/server/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace plumb {
namespace {

using std::chrono::milliseconds;
using namespace std::string_literals;

// A TCP connection to the server, as raw as an attacker's.
class Connection {
 public:
  explicit Connection(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  // What arrives until `marker` (the end of the connection for ""), at most 10 s.
  std::string receive(std::string_view marker = "") {
    std::string out;
    char buffer[4096];
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    while ((marker.empty() || out.find(marker) == std::string::npos) &&
           poll(&waiting, 1, 10'000) > 0) {
      const ssize_t got = recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      out.append(buffer, static_cast<size_t>(got));
    }
    return out;
  }

 private:
  int fd_;
  bool connected_ = false;
};

int status_of(const std::string& reply) {
  return reply.starts_with("HTTP/1.1 ") ? std::stoi(reply.substr(9, 3)) : 0;
}

class HttpServerTest : public testing::Test {
 protected:
  HttpServer& start(ServerOptions options = {}) {
    auto server = HttpServer::start(
        std::move(options),
        {{.method = "GET",
          .path = "/healthz",
          .answer = [](const ServerRequest&) { return ServerReply{.body = "ok\n"}; }},
         {.method = "POST",
          .path = "/echo/",
          .answer =
              [this](const ServerRequest& request) {
                ++echoed_;
                return ServerReply{.status = 201,
                                   .body = request.path + "|" + request.query + "|" +
                                           request.header("x-twice") + "|" + request.body,
                                   .headers = {{"X-Remote", request.remote}}};
              },
          .body_limit = 1000},
         {.method = "GET", .path = "/throws", .answer = [](const ServerRequest&) -> ServerReply {
            throw std::runtime_error("secret detail");
          }}});
    EXPECT_TRUE(server.has_value()) << server.error().render();
    server_ = std::move(server).value();
    return *server_;
  }
  // One request on a connection of its own; the whole answer.
  std::string exchange(const std::string& request) {
    Connection connection(server_->port());
    EXPECT_TRUE(connection.send(request));
    return connection.receive();
  }
  static std::string post(const std::string& body, const std::string& headers = "") {
    return "POST /echo/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body;
  }

  std::atomic<int> echoed_{0};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersARoute) {
  start();
  const std::string reply =
      exchange("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(reply), 200);
  EXPECT_NE(reply.find("Content-Type: text/plain; charset=utf-8\r\n"), std::string::npos) << reply;
  EXPECT_NE(reply.find("X-Content-Type-Options: nosniff\r\n"), std::string::npos);
  EXPECT_TRUE(reply.ends_with("\r\n\r\nok\n")) << reply;
}

TEST_F(HttpServerTest, GivesTheRouteAllOfTheRequest) {
  start();
  const std::string reply = exchange(
      "POST /echo/a?b=c HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Twice: 1\r\nx-twice: 2\r\n"
      "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(status_of(reply), 201);
  EXPECT_TRUE(reply.ends_with("/echo/a|b=c|1, 2|abcde")) << reply;
  EXPECT_NE(reply.find("X-Remote: 127.0.0.1\r\n"), std::string::npos) << reply;
}

TEST_F(HttpServerTest, KeepsAConnectionForFurtherRequests) {
  start();
  Connection connection(server_->port());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_EQ(status_of(connection.receive("ok\n")), 200);
  }
  // Two at once, answered in order.
  ASSERT_TRUE(
      connection.send("POST /echo/y HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirst"
                      "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  const std::string both = connection.receive();
  EXPECT_LT(both.find("/echo/y||"), both.find("ok\n")) << both;
}

TEST_F(HttpServerTest, OtherMethodsAndPaths) {
  start();
  const std::string head =
      exchange("HEAD /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(head), 200);
  EXPECT_NE(head.find("Content-Length: 3\r\n"), std::string::npos) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "BREW"}) {
    const std::string reply =
        exchange(std::string(method) + " /echo/x HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(reply), 405) << method;
    EXPECT_NE(reply.find("Allow: POST\r\n"), std::string::npos) << reply;
  }
  EXPECT_EQ(status_of(exchange("POST /healthz HTTP/1.1\r\nHost: a\r\n\r\n")), 405);
  for (const char* path : {"/", "/healthz/", "/healthz2", "/echo", "//echo/", "/%65cho/x"}) {
    const std::string reply =
        exchange("POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(status_of(reply), 404) << path;
    EXPECT_TRUE(reply.ends_with("{\"code\":\"NotFound\",\"error\":\"no such path\"}\n")) << reply;
  }
  EXPECT_EQ(echoed_, 0);
}

TEST_F(HttpServerTest, WhatTwoParsersCouldReadDifferentlyIsRefused) {
  start();
  const std::string begin = "POST /echo/x HTTP/1.1\r\nHost: a\r\n";
  const std::string smuggled = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
  for (const std::string& request : {
           begin + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled,
           begin + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + smuggled,
           begin + "Transfer-Encoding: gzip, chunked\r\n\r\n" + smuggled,
           begin + "Transfer-Encoding: identity\r\n\r\n" + smuggled,
           begin + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled,
           begin + "Transfer-Encoding : chunked\r\n\r\n" + smuggled,
           begin + "Content-Length: 4\r\nContent-Length: 5\r\n\r\n" + smuggled,
           begin + "Content-Length: 4\r\nContent-Length: 4\r\n\r\n" + smuggled,
           begin + "Content-Length: -1\r\n\r\n" + smuggled,
           begin + "Content-Length: 4x\r\n\r\n" + smuggled,
           begin + "Content-Length: 99999999999999999999999\r\n\r\n" + smuggled,
           begin + "Host: b\r\n\r\n" + smuggled,
           std::string("POST /echo/x HTTP/1.1\r\n\r\n"),
           std::string("POST http://a/echo/x HTTP/1.1\r\nHost: a\r\n\r\n"),
           std::string("POST /echo/x HTTP/2.0\r\nHost: a\r\n\r\n"),
           std::string("POST /echo/x HTTP/1.1\r\nHost: a\r\nBad header\r\n\r\n"),
           std::string("POST /ec\x01ho HTTP/1.1\r\nHost: a\r\n\r\n"),
           "\x16\x03\x01\x02\x01\xfc\x03\x03 a TLS client\r\n\r\n"s,
       }) {
    const std::string reply = exchange(request);
    EXPECT_EQ(status_of(reply), 400) << request << "\n-> " << reply;
    EXPECT_EQ(reply.find("ok\n"), std::string::npos) << "smuggled: " << request;
  }
  EXPECT_EQ(echoed_, 0);
}

TEST_F(HttpServerTest, LongHeadersAndBodiesAreCutOff) {
  start();
  EXPECT_EQ(status_of(exchange("GET /healthz HTTP/1.1\r\nHost: a\r\nX: " +
                               std::string(20 << 10, 'a') + "\r\n\r\n")),
            431);
  EXPECT_EQ(status_of(exchange(post(std::string(1000, 'a')))), 201);
  EXPECT_EQ(status_of(exchange(post(std::string(1001, 'a')))), 413);
  EXPECT_EQ(status_of(exchange(post(std::string(2 << 20, 'a')))), 413);
  EXPECT_EQ(status_of(exchange("GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na")),
            413);
}

TEST_F(HttpServerTest, AnEndlessChunkedBodyIsCutOff) {
  start();
  Connection connection(server_->port());
  ASSERT_TRUE(
      connection.send("POST /echo/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"));
  std::string chunk = "64\r\n" + std::string(100, 'a') + "\r\n";
  for (int i = 0; i < 100 && connection.send(chunk); ++i) {
  }
  EXPECT_EQ(status_of(connection.receive()), 413);
  EXPECT_EQ(echoed_, 0);
}

TEST_F(HttpServerTest, SlowSendersAreCutOff) {
  start({.header_timeout = milliseconds(300), .body_timeout = milliseconds(300)});
  Connection idle(server_->port());
  Connection slow_header(server_->port());
  Connection slow_body(server_->port());
  ASSERT_TRUE(slow_header.send("GET /healthz HTTP/1.1\r\nHost: a\r\nX: "));
  ASSERT_TRUE(slow_body.send("POST /echo/x HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n"));
  // A byte now and then does not win more time.
  for (int i = 0; i < 10; ++i) {
    slow_header.send("a");
    slow_body.send("a");
    std::this_thread::sleep_for(milliseconds(50));
  }
  EXPECT_EQ(idle.receive(), "");
  EXPECT_EQ(status_of(slow_header.receive()), 408);
  EXPECT_EQ(status_of(slow_body.receive()), 408);
  EXPECT_EQ(echoed_, 0);
}

TEST_F(HttpServerTest, ContinueIsSaidOnlyForABodyThatIsWanted) {
  start();
  Connection connection(server_->port());
  ASSERT_TRUE(connection.send(
      "POST /echo/x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_EQ(connection.receive("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(connection.send("ab"));
  EXPECT_EQ(status_of(connection.receive("|ab")), 201);
  EXPECT_EQ(status_of(exchange("POST /echo/x HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n"
                               "Expect: 100-continue\r\n\r\n")),
            413);
}

TEST_F(HttpServerTest, ACrowdIsRefusedAndThenServedAgain) {
  start({.max_connections = 2});
  {
    Connection first(server_->port());
    Connection second(server_->port());
    ASSERT_TRUE(first.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"));
    ASSERT_TRUE(second.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"));
    EXPECT_EQ(status_of(first.receive("ok\n")), 200);
    EXPECT_EQ(status_of(second.receive("ok\n")), 200);
    Connection third(server_->port());
    EXPECT_EQ(status_of(third.receive("}\n")), 503);
  }
  for (int i = 0; i < 500 && server_->connections() > 0; ++i)
    std::this_thread::sleep_for(milliseconds(10));
  EXPECT_EQ(status_of(exchange("GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")),
            200);
}

TEST_F(HttpServerTest, AnExceptionOfARouteTellsNothing) {
  start();
  const std::string reply =
      exchange("GET /throws HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(reply), 500);
  EXPECT_EQ(reply.find("secret detail"), std::string::npos);
}

TEST_F(HttpServerTest, StopEndsIdleAndHalfSentRequests) {
  start({.stop_grace = milliseconds(100)});
  Connection idle(server_->port());
  Connection half(server_->port());
  ASSERT_TRUE(half.send("GET /healthz HT"));
  for (int i = 0; i < 500 && server_->connections() < 2; ++i)
    std::this_thread::sleep_for(milliseconds(10));
  const uint16_t port = server_->port();
  server_->stop();
  server_->stop();
  EXPECT_EQ(idle.receive(), "");
  EXPECT_EQ(half.receive(), "");
  EXPECT_FALSE(Connection(port).connected());
  EXPECT_EQ(server_->connections(), 0u);
}

TEST_F(HttpServerTest, AnAddressInUseIsAnError) {
  const HttpServer& first = start();
  const auto second = HttpServer::start({.port = first.port()}, {});
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code(), kListenFailed);
  EXPECT_EQ(second.error().summary(), "cannot listen on 127.0.0.1:" + std::to_string(first.port()) +
                                          ": bind: Address already in use");
  const auto named = HttpServer::start({.address = "localhost"}, {});
  ASSERT_FALSE(named.has_value());
  EXPECT_EQ(named.error().code(), kListenFailed);
}

TEST(ListenAddressTest, Forms) {
  const auto text = [](std::string_view given) {
    const auto address = parse_listen_address(given);
    return address.has_value() ? address->address + " " + std::to_string(address->port)
                               : "error: " + address.error().message();
  };
  EXPECT_EQ(text("127.0.0.1:8080"), "127.0.0.1 8080");
  EXPECT_EQ(text(":0"), "0.0.0.0 0");
  EXPECT_EQ(text("[::1]:65535"), "::1 65535");
  EXPECT_EQ(text("8080"), "error: \"8080\" is not an address to listen on: the port is missing");
  for (const char* bad : {"a:65536", "a:", "a:-1", "a:1x", "::1:80", ""})
    EXPECT_TRUE(text(bad).starts_with("error:")) << bad;
}

}  // namespace
}  // namespace plumb
