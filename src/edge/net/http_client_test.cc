// The client against a small HTTP/1.1 server of this test; HTTP/2 and TLS are tested against
// kube-apiserver (tests/cluster_client).
#include "edge/net/http_client.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <future>
#include <thread>

namespace plumb {
namespace {

using testing::HasSubstr;

// Reads one request per connection and answers it by its path.
class Server {
 public:
  Server() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 16), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
    for (const int socket : held_) close(socket);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }

  [[nodiscard]] int requests() const { return requests_; }

 private:
  void serve() {
    for (int peer = accept(listener_, nullptr, nullptr); peer >= 0;
         peer = accept(listener_, nullptr, nullptr)) {
      std::string request(4096, '\0');
      const ssize_t got = recv(peer, request.data(), request.size(), 0);
      request.resize(got > 0 ? static_cast<size_t>(got) : 0);
      if (got > 0) ++requests_;
      const std::string head = "HTTP/1.1 200 OK\r\nX-Mixed-Case: Yes\r\nConnection: close\r\n";
      if (request.find(" /hang ") != std::string::npos) {
        held_.push_back(peer);  // accepted, never answered
        continue;
      }
      if (request.find(" /stream ") != std::string::npos) {
        put(peer, head + "\r\nfirst\n");
        held_.push_back(peer);  // goes on for ever
        continue;
      }
      const std::string body = request.find(" /large ") != std::string::npos
                                   ? std::string(100'000, 'x')
                                   : request.substr(0, request.find(' '));
      put(peer, head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
      close(peer);
    }
  }
  static void put(int peer, const std::string& text) {
    (void)!send(peer, text.data(), text.size(), MSG_NOSIGNAL);
  }

  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> requests_{0};
  std::vector<int> held_;
  std::thread thread_;
};

TEST(HttpClient, answers) {
  const Server server;
  HttpClient client;
  const auto answer = client.perform({.method = "DELETE", .url = server.url("/x")});
  ASSERT_TRUE(answer) << answer.error().render();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "DELETE");
  EXPECT_EQ(answer->header("x-mixed-case"), "Yes");
}

TEST(HttpClient, limits) {
  const Server server;
  HttpClient client;
  const auto large = client.perform({.url = server.url("/large"), .max_body = 1000});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code(), kBodyTooLarge);
  const auto late = client.perform(
      {.url = server.url("/hang"), .deadline = Deadline::in(std::chrono::milliseconds(50))});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), kDeadlineExceeded);
  const auto idle =
      client.perform({.url = server.url("/hang"), .idle_timeout = std::chrono::seconds(1)});
  EXPECT_FALSE(idle);
}

TEST(HttpClient, nothing_is_sent_too_late) {
  Server server;
  HttpClient client;
  const auto early =
      client.perform({.url = server.url("/x"), .send_by = Deadline::in(std::chrono::seconds(60))});
  EXPECT_TRUE(early);
  const int before = server.requests();
  const auto late = client.perform({.method = "PATCH",
                                    .url = server.url("/x"),
                                    .send_by = Deadline::in(std::chrono::seconds(0))});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), kTooLateToSend);
  EXPECT_EQ(server.requests(), before);
}

TEST(HttpClient, transport_errors) {
  HttpClient client;
  EXPECT_EQ(client.perform({.url = "file:///etc/passwd"}).error().code(), kBadUrl);
  EXPECT_EQ(client.perform({.url = "no url"}).error().code(), kBadUrl);
  const auto refused = client.perform({.url = "http://user:hunter2@127.0.0.1:1/"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), kConnectFailed);
  EXPECT_EQ(refused.error().retry(), Retry::transient);
  EXPECT_THAT(refused.error().render(), testing::Not(HasSubstr("hunter2")));
}

TEST(HttpClient, stop_token_ends_a_blocking_request) {
  const Server server;
  HttpClient client;
  std::stop_source stop;
  auto waiting = std::async(std::launch::async, [&] {
    return client.perform({.url = server.url("/hang")}, stop.get_token());
  });
  stop.request_stop();
  const auto answer = waiting.get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), kCancelled);
}

TEST(HttpClient, stream_ends_with_its_handle) {
  const Server server;
  HttpClient client;
  std::promise<std::string> first;
  std::atomic<int> ends{0};
  {
    const StreamHandle handle = client.stream(
        {.url = server.url("/stream"), .group = ConnectionGroup::watches},
        {.on_data = [&](std::string_view chunk) { first.set_value(std::string(chunk)); },
         .on_end = [&](const Result<int>&) { ++ends; }});
    EXPECT_EQ(first.get_future().get(), "first\n");
  }
  EXPECT_EQ(ends, 0) << "cancelled streams say nothing more";
}

TEST(HttpClient, destruction_answers_everything_that_is_pending) {
  const Server server;
  std::atomic<int> cancelled{0};
  {
    HttpClient client;
    for (int i = 0; i < 20; ++i) {
      client.submit({.url = server.url("/hang")}, [&](const Result<HttpResponse>& answer) {
        if (!answer && answer.error().code() == kCancelled) ++cancelled;
      });
    }
  }
  EXPECT_EQ(cancelled, 20);
}

}  // namespace
}  // namespace plumb
