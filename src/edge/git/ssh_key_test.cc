#include "edge/git/ssh_key.h"

#include <gtest/gtest.h>

#include <string>

#include "base/digest.h"

namespace plumb {
namespace {

std::string openssh_key(const std::string& cipher) {
  std::string bytes("openssh-key-v1\0\0\0\0", 18);
  bytes += static_cast<char>(cipher.size());
  bytes += cipher + std::string(100, 'k');
  std::string body = base64_encode(bytes);
  body.insert(70, "\n");
  return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + body + "\n-----END OPENSSH PRIVATE KEY-----\n";
}

std::string told(const std::string& key) {
  const std::optional<Error> error = ssh_key_fault(key);
  return error ? error->message() : "nothing";
}

TEST(SshKey, WhatItIsInstead) {
  EXPECT_EQ(told("ssh-ed25519 AAAAC3Nz ada@example.org\n"),
            "identity of the Secret is a public key");
  EXPECT_EQ(told("sk-ssh-ed25519@openssh.com AAAA\n"), "identity of the Secret is a public key");
  EXPECT_EQ(told("-----BEGIN PUBLIC KEY-----\nAAAA\n"), "identity of the Secret is a public key");
  EXPECT_EQ(told("PuTTY-User-Key-File-3: ssh-ed25519\n"),
            "identity of the Secret is a key of PuTTY");
  EXPECT_EQ(told("-----BEGIN CERTIFICATE-----\nAAAA\n"), "identity of the Secret is a certificate");
  EXPECT_EQ(told("hunter2"), "identity of the Secret is no private key");
}

TEST(SshKey, WithAPassphrase) {
  const std::string wanted = "identity of the Secret is protected by a passphrase";
  EXPECT_EQ(told(openssh_key("aes256-ctr")), wanted);
  EXPECT_EQ(told("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n"), wanted);
  EXPECT_EQ(
      told("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\nAAAA\n"),
      wanted);
}

TEST(SshKey, CutOff) {
  const std::string whole = openssh_key("none");
  for (const size_t length : {size_t{40}, size_t{60}, whole.size() - 10}) {
    EXPECT_EQ(told(whole.substr(0, length)), "identity of the Secret is cut off or damaged");
  }
}

TEST(SshKey, Good) {
  EXPECT_EQ(told(openssh_key("none")), "nothing");
  EXPECT_EQ(told("\n" + openssh_key("none")), "nothing");
  EXPECT_EQ(told("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), "nothing");
  EXPECT_EQ(told("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n"), "nothing");
}

}  // namespace
}  // namespace plumb
