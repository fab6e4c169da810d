// Transfer: one request as libcurl carries it out. Internal to edge/net; used only by the network
// thread that drives it, but for the construction.
#pragma once

#include <curl/curl.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "edge/net/http_client.h"

namespace plumb::net {

// Shared by a running stream and its handle. `busy` is held while a callback runs.
struct StreamControl {
  Mutex busy;
  std::atomic<bool> cancelled{false};
};

struct Transfer {
  uint64_t id = 0;
  HttpRequest request;
  std::string host;  // scheme, host and port of the URL
  HttpResponse response;
  std::function<void(Result<HttpResponse>)> done;  // of a request
  std::shared_ptr<StreamControl> control;          // of a stream, else null
  StreamCallbacks callbacks;

  CURL* easy = nullptr;
  curl_slist* header_list = nullptr;
  curl_slist* connect_to = nullptr;
  std::array<char, CURL_ERROR_SIZE> error_text{};
  bool head_complete = false;
  bool too_large = false;
  bool too_late = false;  // request.send_by had passed
  bool cancelled = false;

  Transfer() = default;
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Ends it; exactly one call of done or on_end, none for a cancelled stream.
  void finish(Result<void> how);
};

// "https://10.0.0.1:6443" of a URL; kBadUrl unless it is http or https.
[[nodiscard]] Result<std::string> origin_of(const std::string& url);
// Sets every option of the easy handle. `options` must outlive the transfer.
[[nodiscard]] Result<void> prepare(Transfer& transfer, const HttpOptions& options);
// The meaning of libcurl's result code.
[[nodiscard]] Result<void> outcome_of(const Transfer& transfer, CURLcode code);
[[nodiscard]] Error deadline_error(const Transfer& transfer);

}  // namespace plumb::net
