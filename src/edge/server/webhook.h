// Webhooks: "something was pushed", said by a Git host. Pure functions; reentrant.
//
// A delivery is believed only so far as it starts a look at the remote: no ref, commit or URL of it
// is used for anything else. The signature is checked over the raw bytes before they are parsed:
// HMAC-SHA256 in X-Hub-Signature-256 (GitHub, Gitea, Bitbucket), X-Gitea-Signature,
// X-Gogs-Signature, X-Forgejo-Signature or X-Plumb-Signature; or the shared token itself in
// X-Gitlab-Token. Comparisons take constant time.
//
// Who cannot sign learns nothing: a repository that does not exist, one without a webhook secret
// and a wrong signature have one and the same answer (401). Where no repository at all has a
// secret, webhooks are off (404). Who can sign gets the same 202 whether or not the delivery was of
// any use. Forms of the payloads: the public webhook documentation of the hosts named above.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "edge/server/http_types.h"

namespace plumb {

inline constexpr size_t kWebhookBodyLimit = 1 << 20;

struct WebhookTrigger {
  std::vector<std::string> refs;  // named by the payload, for the log only; may be empty
  std::string delivery;           // the host's id of it, for the log; may be empty
};
struct WebhookIgnored {
  std::string reason;  // "event ping starts nothing"
};
struct WebhookReject {
  unsigned status;
  std::string code;  // "WebhookSignature", for metrics too
  std::string message;
};
using WebhookVerdict = std::variant<WebhookTrigger, WebhookIgnored, WebhookReject>;

// secret: of the repository the request names; nullopt or "" where it has none or does not exist.
// any_secret: some repository has one.
[[nodiscard]] WebhookVerdict check_webhook(const ServerRequest& request,
                                           const std::optional<std::string>& secret,
                                           bool any_secret);

[[nodiscard]] ServerReply webhook_reply(const WebhookVerdict& verdict);
// "triggered", "ignored", or the code of the rejection: the label of a metric.
[[nodiscard]] std::string webhook_outcome(const WebhookVerdict& verdict);

// Lets `burst` through at once and `per_second` on the long run. Not thread safe.
class TokenBucket {
 public:
  TokenBucket(double per_second, double burst)
      : per_second_(per_second), burst_(burst), tokens_(burst) {}
  [[nodiscard]] bool take(Monotonic now);

 private:
  double per_second_;
  double burst_;
  double tokens_;
  Monotonic last_{};
};

}  // namespace plumb
