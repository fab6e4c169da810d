#include "cmd/cli/sync_request.h"

namespace plumb::cli {

// Milliseconds, so that two requests in one second differ.
std::string sync_request_value() {
  const WallTime now = SystemClock().wall();
  const auto fraction = now.time_since_epoch() % std::chrono::seconds(1);
  std::string text = format_rfc3339(now);
  std::string digits = std::to_string(fraction.count());
  digits.insert(0, 3 - digits.size(), '0');
  return text.substr(0, text.size() - 1) + "." + digits + "Z";
}

Result<void> ask_for_sync(ClusterClient& client, const ApiResource& resource, const ObjectKey& key,
                          const std::string& value) {
  const Value annotations = Value::map({{kSyncRequestedAnnotation, value}});
  const Value patch = Value::map({{"metadata", Value::map({{"annotations", annotations}})}});
  (void)TRY(client.merge_patch(resource, key, patch));
  return {};
}

}  // namespace plumb::cli
