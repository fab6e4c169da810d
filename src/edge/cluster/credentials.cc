#include "edge/cluster/credentials.h"

#include <fstream>
#include <iterator>

#include "base/digest.h"
#include "base/text.h"

namespace plumb {
namespace {

constexpr auto kTokenCheckInterval = std::chrono::seconds(5);

std::string fixed_authorization(const ClusterAccess& access) {
  if (!access.bearer_token.empty()) return "Bearer " + access.bearer_token;
  if (access.username.empty()) return {};
  return "Basic " + base64_encode(access.username + ":" + access.password);
}

}  // namespace

Credentials::Credentials(const ClusterAccess& access)
    : fixed_(fixed_authorization(access)), token_file_(access.token_file) {}

bool Credentials::read_token() {
  checked_ = std::chrono::steady_clock::now();
  std::ifstream in(token_file_, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const std::string_view token = trim(text);
  if (token.empty() || token == token_) return false;  // an unreadable file keeps the last token
  token_ = token;
  return true;
}

std::optional<std::string> Credentials::authorization() {
  if (token_file_.empty()) return fixed_.empty() ? std::nullopt : std::optional(fixed_);
  MutexLock lock(mutex_);
  if (std::chrono::steady_clock::now() - checked_ > kTokenCheckInterval) (void)read_token();
  if (token_.empty()) return fixed_.empty() ? std::nullopt : std::optional(fixed_);
  return "Bearer " + token_;
}

bool Credentials::renew() {
  if (token_file_.empty()) return false;
  MutexLock lock(mutex_);
  return read_token();
}

}  // namespace plumb
