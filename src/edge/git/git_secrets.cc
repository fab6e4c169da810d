#include "edge/git/git_secrets.h"

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "edge/git/ssh_key.h"

namespace plumb {
namespace {

constexpr size_t kMinScrubbed = 4;  // shorter values would blank ordinary words

void trim_end(std::string& text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
}

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

void replace_all(std::string& text, const std::string& what) {
  if (what.size() < kMinScrubbed) return;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 3)) {
    text.replace(at, what.size(), "***");
  }
}

// "https://user:token@host" anywhere in the text.
std::string without_any_userinfo(std::string text) {
  for (size_t at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
    const size_t end = std::min(text.find_first_of("/ \t\r\n'\"", at + 3), text.size());
    const size_t sign = text.rfind('@', end);
    if (sign != std::string::npos && sign >= at + 3 && sign < end) {
      text.erase(at + 3, sign + 1 - (at + 3));
    }
  }
  return text;
}

std::string basic(const GitCredentials& credentials) {
  return base64_encode(credentials.username + ":" + credentials.password);
}

}  // namespace

Result<GitCredentials> checked(const GitCredentials& credentials, const GitUrl& url) {
  GitCredentials out = credentials;
  for (std::string* value : {&out.username, &out.password, &out.bearer_token}) trim_end(*value);
  for (const std::string* value : {&out.username, &out.password, &out.bearer_token}) {
    if (has_controls(*value)) {
      return Error(kBadCredentials, "a credential for " + url.text + " has control characters",
                   Retry::denied)
          .with_help("write username, password and bearerToken of the Secret in one line each");
    }
  }
  if (url.transport != GitTransport::ssh) return out;
  if (trim(out.known_hosts).empty()) {
    return Error(kHostKeyUnknown, "no host keys are known for " + url.host, Retry::denied)
        .with_help("put the output of `ssh-keyscan " + url.host +
                   "`, once you compared it, into known_hosts of the Secret");
  }
  if (trim(out.ssh_identity).empty()) {
    return Error(kBadCredentials, "there is no private key for " + url.text, Retry::denied)
        .with_help("put a private key without passphrase into identity of the Secret");
  }
  if (std::optional<Error> fault = ssh_key_fault(out.ssh_identity)) return *std::move(fault);
  // Files that went through Windows; ssh takes no key with such line ends.
  std::erase(out.ssh_identity, '\r');
  std::erase(out.known_hosts, '\r');
  if (!out.ssh_identity.ends_with('\n')) out.ssh_identity += '\n';  // ssh refuses the file without
  if (!out.known_hosts.ends_with('\n')) out.known_hosts += '\n';
  return out;
}

std::string authorization_header(const GitCredentials& credentials) {
  if (!credentials.bearer_token.empty()) {
    return "Authorization: Bearer " + credentials.bearer_token;
  }
  if (credentials.username.empty() && credentials.password.empty()) return "";
  return "Authorization: Basic " + basic(credentials);
}

std::string scrub(std::string_view text, const GitCredentials& credentials) {
  std::string out(text);
  replace_all(out, credentials.password);
  replace_all(out, credentials.bearer_token);
  if (!credentials.password.empty()) replace_all(out, basic(credentials));
  return escape_terminal(without_any_userinfo(std::move(out)), true);
}

}  // namespace plumb
