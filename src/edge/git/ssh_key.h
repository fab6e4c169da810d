// What is wrong with a text that should be a private key for ssh, told before ssh runs: its own
// words for a wrong format are "error in libcrypto". Pure; nothing of the text is quoted.
// Formats after PROTOCOL.key of OpenSSH 9, RFC 7468 and RFC 1421.
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"

namespace plumb {

// Nothing for a key without passphrase, or one of a form that is not known.
[[nodiscard]] std::optional<Error> ssh_key_fault(std::string_view key);

}  // namespace plumb
