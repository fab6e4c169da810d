#include "edge/server/webhook_route.h"

#include <map>
#include <memory>

#include "base/text.h"

namespace plumb {
namespace {

constexpr const char* kPrefix = "/hook/";
// Buckets of repositories that were deleted stay; beyond this many all begin anew.
constexpr size_t kMostBuckets = 10'000;

// "/hook/prod/config" -> prod/config; nullopt for other shapes.
std::optional<RepositoryKey> repository_of(const std::string& path) {
  const std::vector<std::string> parts = split(path, '/');
  if (parts.size() != 4 || parts[2].empty() || parts[3].empty()) return std::nullopt;
  return RepositoryKey{{parts[2], parts[3]}};
}

// Lives on the server's thread.
class Receiver {
 public:
  explicit Receiver(WebhookReceiver owner) : owner_(std::move(owner)) {}

  ServerReply answer(const ServerRequest& request) {
    const std::optional<RepositoryKey> key = repository_of(request.path);
    if (!key) return error_reply(404, "NotFound", "no such path");
    const std::optional<std::string> secret = owner_.secret_of(*key);
    if (!may_pass(secret ? *key : RepositoryKey{})) {
      owner_.count("TooManyRequests");
      ServerReply reply = error_reply(429, "TooManyRequests", "too many deliveries");
      reply.headers.emplace_back("Retry-After", "1");
      return reply;
    }
    const WebhookVerdict verdict = check_webhook(request, secret, owner_.any_secret());
    owner_.count(webhook_outcome(verdict));
    if (const auto* trigger = std::get_if<WebhookTrigger>(&verdict)) owner_.trigger(*key, *trigger);
    return webhook_reply(verdict);
  }

 private:
  bool may_pass(const RepositoryKey& key) {
    if (buckets_.size() > kMostBuckets) buckets_.clear();
    const auto at = buckets_.try_emplace(key, owner_.per_second, owner_.burst).first;
    return at->second.take(owner_.clock->now());
  }

  const WebhookReceiver owner_;
  std::map<RepositoryKey, TokenBucket> buckets_;
};

}  // namespace

Route webhook_route(WebhookReceiver receiver) {
  auto state = std::make_shared<Receiver>(std::move(receiver));
  return {.method = "POST",
          .path = kPrefix,
          .answer = [state](const ServerRequest& request) { return state->answer(request); },
          .body_limit = kWebhookBodyLimit};
}

}  // namespace plumb
