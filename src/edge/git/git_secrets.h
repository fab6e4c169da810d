// What is done with GitCredentials besides handing them over: their form is checked, the HTTP
// header is made, and texts from outside are freed of them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "edge/git/git_store.h"
#include "edge/git/git_url.h"

namespace plumb {

// Without the newline that files leave at the end. kBadCredentials for controls inside of a value,
// and when what the transport needs is missing; kHostKeyUnknown for ssh without known_hosts.
[[nodiscard]] Result<GitCredentials> checked(const GitCredentials& credentials, const GitUrl& url);

// "Authorization: Bearer …" or "Authorization: Basic …"; "" without credentials. A secret.
[[nodiscard]] std::string authorization_header(const GitCredentials& credentials);

// Text of a server or of git, safe to show: every credential is replaced by "***", also in its
// base64 form, userinfo is cut from URLs, controls are escaped.
[[nodiscard]] std::string scrub(std::string_view text, const GitCredentials& credentials);

}  // namespace plumb
