// Any body and any header values as a webhook delivery, signed and unsigned.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/digest.h"
#include "edge/server/webhook.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace plumb;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(text.find('\n'), text.size());
  ServerRequest request;
  request.method = "POST";
  request.headers["x-github-event"] = text.substr(0, line);
  request.headers["x-hub-signature-256"] = text.substr(0, line);
  request.body = text.substr(std::min(line + 1, text.size()));
  const WebhookVerdict unsigned_verdict = check_webhook(request, "secret", true);
  CHECK(std::holds_alternative<WebhookReject>(unsigned_verdict));
  request.headers["x-hub-signature-256"] = "sha256=" + hmac_sha256("secret", request.body).hex();
  const ServerReply reply = webhook_reply(check_webhook(request, "secret", true));
  CHECK(reply.status == 202 || reply.status == 400 || reply.status == 413);
  return 0;
}
