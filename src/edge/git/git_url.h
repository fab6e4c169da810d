// GitUrl: the address of a repository, parsed and normalised. What could be read as an option, a
// command or a credential does not parse. A value.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "edge/git/git_store.h"

namespace plumb {

enum class GitTransport { https, http, ssh, file };

[[nodiscard]] const char* to_string(GitTransport transport);  // git's name of the protocol

struct GitUrl {
  GitTransport transport = GitTransport::https;
  std::string text;  // normalised, without any credential
  std::string host;  // with the port when it is not the default one; "" for file

  [[nodiscard]] static Result<GitUrl> parse(std::string_view text, const GitOptions& options);
};

}  // namespace plumb
