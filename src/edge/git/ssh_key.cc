#include "edge/git/ssh_key.h"

#include <string>

#include "base/digest.h"
#include "base/text.h"
#include "edge/git/git_errors.h"

namespace plumb {
namespace {

constexpr std::string_view kOpenSshBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view kOpenSshEnd = "-----END OPENSSH PRIVATE KEY-----";

Error fault(const std::string& what, const char* help) {
  return Error(kBadCredentials, "identity of the Secret " + what, Retry::denied).with_help(help);
}

bool looks_public(std::string_view key) {
  for (const std::string_view type : {"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"}) {
    if (key.starts_with(type)) return true;
  }
  return key.starts_with("-----BEGIN PUBLIC KEY") || key.starts_with("---- BEGIN SSH2 PUBLIC KEY");
}

// The bytes between the marks: "openssh-key-v1\0", the length of the cipher's name, the name.
std::optional<std::string> openssh_cipher(std::string_view key) {
  constexpr std::string_view kMagic("openssh-key-v1\0", 15);
  const size_t end = key.find(kOpenSshEnd);
  if (end == std::string_view::npos) return std::nullopt;
  std::string body;
  for (const char c : key.substr(kOpenSshBegin.size(), end - kOpenSshBegin.size())) {
    if (c != '\n' && c != '\r' && c != ' ') body += c;
  }
  const std::optional<std::string> bytes = base64_decode(body);
  constexpr size_t kLength = 4;
  if (!bytes || !bytes->starts_with(kMagic) || bytes->size() < kMagic.size() + kLength)
    return std::nullopt;
  const auto length = static_cast<unsigned char>((*bytes)[kMagic.size() + kLength - 1]);
  return bytes->substr(kMagic.size() + kLength, length);
}

}  // namespace

std::optional<Error> ssh_key_fault(std::string_view key) {
  constexpr const char* kNoPassphrase =
      "make a key of its own for Plumb: ssh-keygen -t ed25519 -N '' -f deploy-key";
  key = trim(key);
  if (looks_public(key)) {
    return fault("is a public key", "put the private key there, the file without .pub");
  }
  if (key.starts_with("PuTTY-User-Key-File")) {
    return fault("is a key of PuTTY", "export it as an OpenSSH key, by PuTTYgen or puttygen -O");
  }
  if (!key.starts_with("-----BEGIN ")) {
    return fault("is no private key", "it begins with -----BEGIN OPENSSH PRIVATE KEY-----");
  }
  if (key.starts_with("-----BEGIN CERTIFICATE")) {
    return fault("is a certificate", "put the private key there");
  }
  const bool encrypted = key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY") ||
                         key.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos;
  if (encrypted) return fault("is protected by a passphrase", kNoPassphrase);
  if (!key.starts_with(kOpenSshBegin)) return std::nullopt;
  const std::optional<std::string> cipher = openssh_cipher(key);
  if (!cipher) {
    return fault("is cut off or damaged", "copy the whole file, from -----BEGIN to -----END");
  }
  if (*cipher != "none") return fault("is protected by a passphrase", kNoPassphrase);
  return std::nullopt;
}

}  // namespace plumb
