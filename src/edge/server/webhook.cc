#include "edge/server/webhook.h"

#include <algorithm>

#include "base/digest.h"
#include "base/overloaded.h"
#include "base/text.h"
#include "lang/json/json.h"

namespace plumb {
namespace {

constexpr size_t kMostRefs = 100;
constexpr size_t kLongestRef = 512;
constexpr uint64_t kDeepest = 32;

const char* const kSignatureHeaders[] = {
    "x-hub-signature-256", "x-hub-signature",     "x-plumb-signature",
    "x-gitea-signature",   "x-forgejo-signature", "x-gogs-signature",
};
const char* const kEventHeaders[] = {
    "x-github-event", "x-gitea-event", "x-forgejo-event", "x-gogs-event",
    "x-gitlab-event", "x-event-key",   "x-plumb-event",
};
const char* const kDeliveryHeaders[] = {
    "x-github-delivery", "x-gitea-delivery",    "x-forgejo-delivery", "x-gogs-delivery",
    "x-request-id",      "x-gitlab-event-uuid", "x-plumb-delivery",
};
// Events after which a ref may be another one than before.
const char* const kPushEvents[] = {
    "push", "create", "delete", "Push Hook", "Tag Push Hook", "repo:push", "repo:refs_changed",
};

WebhookReject bad_signature() {
  return {401, "WebhookSignature", "the signature is missing or wrong"};
}

WebhookReject bad_payload(const std::string& message) {
  return {400, "WebhookPayload", message};
}

template <size_t N>
std::string first_header(const ServerRequest& request, const char* const (&names)[N]) {
  for (const char* name : names) {
    if (std::string value = request.header(name); !value.empty()) return value;
  }
  return "";
}

// Signed: at least one sha256 signature, and every one that is there is right.
std::optional<WebhookReject> check_signature(const ServerRequest& request,
                                             const std::string& secret) {
  const std::string want = hmac_sha256(secret, request.body).hex();
  bool is_right = !secret.empty();
  bool any_sha256 = false;
  bool any_sha1 = false;
  for (const char* name : kSignatureHeaders) {
    std::string given = to_lower(request.header(name));
    if (given.empty()) continue;
    if (given.starts_with("sha1=")) {
      any_sha1 = true;
      continue;
    }
    if (given.starts_with("sha256=")) given.erase(0, 7);
    any_sha256 = true;
    is_right = equal_in_constant_time(given, want) && is_right;
  }
  if (!any_sha256 && any_sha1) {
    return WebhookReject{401, "WebhookSignature", "sha256 signature required"};
  }
  if (!any_sha256) {
    const std::string token = request.header("x-gitlab-token");
    // Compared as digests: their length says nothing about the token's.
    is_right = equal_in_constant_time(sha256(token).hex(), sha256(secret).hex()) && is_right;
  }
  if (!is_right) return bad_signature();
  return std::nullopt;
}

bool is_plain_ref(const std::string& ref) {
  return !ref.empty() && ref.size() <= kLongestRef && is_valid_utf8(ref) &&
         std::none_of(ref.begin(), ref.end(),
                      [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7F; });
}

void add_ref(std::vector<std::string>& refs, const std::string& ref) {
  if (refs.size() < kMostRefs && is_plain_ref(ref)) refs.push_back(ref);
}

// A list of changes: where it stands in the payload, and where each change names its ref.
struct ChangeList {
  std::initializer_list<std::string_view> list;
  std::initializer_list<std::string_view> ref;
  const char* name;
};

// Bitbucket Cloud, Bitbucket Server, its older form, Azure DevOps.
const ChangeList kChangeLists[] = {
    {{"push", "changes"}, {"new", "name"}, "push.changes"},
    {{"changes"}, {"ref", "id"}, "changes"},
    {{"refChanges"}, {"refId"}, "refChanges"},
    {{"resource", "refUpdates"}, {"name"}, "resource.refUpdates"},
};

std::optional<WebhookReject> read_changes(const Value& payload, const ChangeList& form,
                                          std::vector<std::string>& refs) {
  const Value* changes = payload.find_path(form.list);
  if (changes == nullptr) return std::nullopt;
  const List* list = changes->as_list();
  if (list == nullptr || list->empty()) {
    return bad_payload(std::string(form.name) + " is not a list of changes");
  }
  for (const Value& change : *list) {
    if (!change.is_map()) return bad_payload(std::string(form.name) + " holds no change");
    add_ref(refs, change.string_at(form.ref));
  }
  return std::nullopt;
}

WebhookVerdict read_payload(const ServerRequest& request, WebhookTrigger trigger) {
  if (request.body.empty()) return trigger;
  Budget budget({.file_bytes = kWebhookBodyLimit, .depth = kDeepest, .nodes = 200'000});
  const Result<Value> payload = json::parse(request.body, budget);
  if (!payload.has_value()) return bad_payload("the body is not JSON, or nested too deeply");
  if (!payload->is_map()) return bad_payload("the body is not a JSON object");
  if (const Value* ref = payload->find("ref")) {
    if (!ref->is_string()) return bad_payload("\"ref\" is not a string");
    add_ref(trigger.refs, *ref->as_string());
  }
  for (const ChangeList& form : kChangeLists) {
    if (auto rejected = read_changes(*payload, form, trigger.refs)) return *std::move(rejected);
  }
  return trigger;
}

}  // namespace

WebhookVerdict check_webhook(const ServerRequest& request, const std::optional<std::string>& secret,
                             bool any_secret) {
  if (!any_secret) return WebhookReject{404, "NotFound", "no such path"};
  if (request.body.size() > kWebhookBodyLimit) {
    return WebhookReject{413, "BodyTooLarge", "the body is longer than 1 MiB"};
  }
  if (auto rejected = check_signature(request, secret.value_or(""))) return *std::move(rejected);
  // From here on the sender is known.
  const std::string event = first_header(request, kEventHeaders);
  const bool is_push = event.empty() || std::any_of(std::begin(kPushEvents), std::end(kPushEvents),
                                                    [&](const char* one) { return event == one; });
  if (!is_push) return WebhookIgnored{"this event starts nothing"};
  WebhookTrigger trigger;
  const std::string delivery = first_header(request, kDeliveryHeaders);
  if (is_plain_ref(delivery)) trigger.delivery = delivery;
  return read_payload(request, std::move(trigger));
}

ServerReply webhook_reply(const WebhookVerdict& verdict) {
  ServerReply accepted{
      .status = 202, .content_type = "application/json", .body = "{\"status\":\"accepted\"}\n"};
  return std::visit(overloaded{
                        [&](const WebhookTrigger&) { return accepted; },
                        [&](const WebhookIgnored& ignored) {
                          ServerReply reply = accepted;
                          reply.headers.emplace_back("X-Plumb-Ignored", ignored.reason);
                          return reply;
                        },
                        [](const WebhookReject& reject) {
                          return error_reply(reject.status, reject.code, reject.message);
                        },
                    },
                    verdict);
}

std::string webhook_outcome(const WebhookVerdict& verdict) {
  return std::visit(overloaded{
                        [](const WebhookTrigger&) { return std::string("triggered"); },
                        [](const WebhookIgnored&) { return std::string("ignored"); },
                        [](const WebhookReject& reject) { return reject.code; },
                    },
                    verdict);
}

bool TokenBucket::take(Monotonic now) {
  if (last_ == Monotonic{}) last_ = now;
  const double seconds = std::chrono::duration<double>(now - last_).count();
  tokens_ = std::min(burst_, tokens_ + std::max(0.0, seconds) * per_second_);
  last_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace plumb
