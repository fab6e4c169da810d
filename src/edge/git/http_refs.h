// HttpRefs: the refs of a repository over smart HTTP, asked for in process (gitprotocol-v2 ls-refs;
// the advertisement of older servers). The connection is kept between polls, and once a server was
// seen to speak version 2 a poll is one request.
//
// Redirects are followed only inside of the same protocol, host and port, where the credentials may
// go; bodies are capped; a proxy of the environment is not used. Belongs to one store, whose
// fetches take turns; not thread safe by itself. Never throws a credential into a message.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "edge/git/git_secrets.h"
#include "edge/git/remote_refs.h"

namespace plumb {

class HttpRefs {
 public:
  explicit HttpRefs(GitUrl url);
  ~HttpRefs();
  HttpRefs(const HttpRefs&) = delete;
  HttpRefs& operator=(const HttpRefs&) = delete;

  [[nodiscard]] Result<std::vector<RemoteRef>> query(const std::vector<std::string>& prefixes,
                                                     const GitCredentials& credentials,
                                                     const Deadline& deadline,
                                                     std::stop_token stop);
  // Where the server answers: the URL, or what it redirects to.
  [[nodiscard]] const std::string& base() const { return base_; }

 private:
  struct Connection;
  struct Exchange;
  struct Answer;
  [[nodiscard]] Result<Answer> request(const Exchange& exchange) const;
  [[nodiscard]] Result<Advertisement> advertisement(const Exchange& how);
  [[nodiscard]] Result<std::vector<RemoteRef>> ls_refs(const Exchange& how,
                                                       const std::vector<std::string>& prefixes);
  [[nodiscard]] Error transport_error(int code, const std::string& detail,
                                      const Exchange& exchange) const;
  [[nodiscard]] Result<void> check_status(const Answer& answer, const Exchange& exchange) const;

  const GitUrl url_;
  std::string base_;
  bool speaks_v2_ = false;
  std::unique_ptr<Connection> connection_;
};

}  // namespace plumb
