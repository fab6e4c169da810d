// The route POST /hook/<namespace>/<repository>: limits, check_webhook, then a trigger.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "edge/server/http_types.h"
#include "edge/server/webhook.h"
#include "model/object.h"

namespace plumb {

// What the route needs of its owner. The functions are called on the server's thread and must not
// block; they outlive the server.
struct WebhookReceiver {
  // The webhook secret of a repository; nullopt where it has none or does not exist.
  std::function<std::optional<std::string>(const RepositoryKey&)> secret_of;
  std::function<bool()> any_secret;
  std::function<void(const RepositoryKey&, const WebhookTrigger&)> trigger;
  // Counts outcomes: webhook_outcome, or "TooManyRequests".
  std::function<void(const std::string&)> count;
  const Clock* clock;
  // For each repository, and once for all unknown ones together.
  double per_second = 10;
  double burst = 20;
};

[[nodiscard]] Route webhook_route(WebhookReceiver receiver);

}  // namespace plumb
