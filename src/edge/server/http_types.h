// The nouns of our HTTP server: a request as read, a reply as sent, and a route. Values.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace plumb {

struct ServerRequest {
  std::string method;                          // "GET"
  std::string path;                            // "/hook/prod/config", without query; not decoded
  std::string query;                           // after "?", or ""
  std::map<std::string, std::string> headers;  // names in lower case; repeated ones joined by ", "
  std::string body;                            // the raw bytes
  std::string remote;                          // "10.0.0.7"

  // "" where absent. `lower_name` in lower case.
  [[nodiscard]] std::string header(const std::string& lower_name) const {
    const auto at = headers.find(lower_name);
    return at == headers.end() ? std::string() : at->second;
  }
};

struct ServerReply {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
  std::vector<std::pair<std::string, std::string>> headers = {};  // further ones
};

// {"code":"NotFound","error":"no such path"}: the body of every error of the server. Never
// internals.
[[nodiscard]] ServerReply error_reply(unsigned status, const std::string& code,
                                      const std::string& message);

struct Route {
  std::string method;  // "GET" answers HEAD too
  std::string path;  // exact ("/metrics"), or every path below it when it ends with "/" ("/hook/")
  // Runs on the server's thread: must not block. An exception becomes status 500.
  std::function<ServerReply(const ServerRequest&)> answer;
  size_t body_limit = 0;  // bytes; a longer body is 413 before it is read
};

}  // namespace plumb
