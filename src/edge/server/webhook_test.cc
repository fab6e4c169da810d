#include "edge/server/webhook.h"

#include <gtest/gtest.h>

#include "base/digest.h"
#include "edge/server/webhook_route.h"

namespace plumb {
namespace {

constexpr const char* kSecret = "a secret of the test";

ServerRequest delivery(const std::string& body, const std::string& secret = kSecret) {
  ServerRequest request{.method = "POST",
                        .path = "/hook/prod/config",
                        .query = {},
                        .headers = {},
                        .body = body,
                        .remote = "10.0.0.7"};
  request.headers["x-hub-signature-256"] = "sha256=" + hmac_sha256(secret, body).hex();
  request.headers["x-github-event"] = "push";
  return request;
}

std::string outcome(const ServerRequest& request) {
  return webhook_outcome(check_webhook(request, kSecret, true));
}

unsigned status(const ServerRequest& request) {
  return webhook_reply(check_webhook(request, kSecret, true)).status;
}

std::vector<std::string> refs_of(const std::string& body) {
  const WebhookVerdict verdict = check_webhook(delivery(body), kSecret, true);
  const auto* trigger = std::get_if<WebhookTrigger>(&verdict);
  return trigger == nullptr ? std::vector<std::string>{webhook_outcome(verdict)} : trigger->refs;
}

TEST(Webhook, ASignedDeliveryTriggers) {
  const ServerRequest request = delivery(R"({"ref":"refs/heads/main"})");
  EXPECT_EQ(outcome(request), "triggered");
  const ServerReply reply = webhook_reply(check_webhook(request, kSecret, true));
  EXPECT_EQ(reply.status, 202u);
  EXPECT_EQ(reply.body, "{\"status\":\"accepted\"}\n");
}

TEST(Webhook, TheSignatureOfGitHubsDocumentation) {
  // docs.github.com, "Validating webhook deliveries": its own test vector.
  ServerRequest request{.method = "POST",
                        .path = {},
                        .query = {},
                        .headers = {},
                        .body = "Hello, World!",
                        .remote = {}};
  request.headers["x-hub-signature-256"] =
      "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  EXPECT_EQ(webhook_outcome(check_webhook(request, "It's a Secret to Everybody", true)),
            "WebhookPayload");
  EXPECT_EQ(webhook_outcome(check_webhook(request, "another secret", true)), "WebhookSignature");
}

TEST(Webhook, EveryHeaderOfASignature) {
  for (const char* name : {"x-hub-signature-256", "x-hub-signature", "x-gitea-signature",
                           "x-forgejo-signature", "x-gogs-signature", "x-plumb-signature"}) {
    for (const char* prefix : {"", "sha256="}) {
      ServerRequest request = delivery("{}");
      const std::string hex = hmac_sha256(kSecret, "{}").hex();
      request.headers = {{name, prefix + hex}};
      EXPECT_EQ(outcome(request), "triggered") << name << prefix;
      request.headers = {{name, prefix + hmac_sha256("no", "{}").hex()}};
      EXPECT_EQ(status(request), 401u) << name << prefix;
    }
  }
  ServerRequest request = delivery("{}");
  request.headers = {{"x-gitlab-token", kSecret}, {"x-gitlab-event", "Push Hook"}};
  EXPECT_EQ(outcome(request), "triggered");
  request.headers["x-gitlab-token"] = "a secret of the tesT";
  EXPECT_EQ(status(request), 401u);
}

// No, an empty, a wrong signature; one of a changed body; two that disagree; one beside a token.
TEST(Webhook, WithoutARightSignatureNothingIsParsedAndNothingTold) {
  const std::string same =
      webhook_reply(check_webhook(delivery("{}", "wrong"), kSecret, true)).body;
  EXPECT_EQ(same,
            "{\"code\":\"WebhookSignature\",\"error\":\"the signature is missing or wrong\"}\n");
  std::vector<ServerRequest> requests(7, delivery("[[[["));
  requests[0].headers.erase("x-hub-signature-256");
  requests[1].headers["x-hub-signature-256"] = "sha256=";
  requests[2].headers["x-hub-signature-256"] = "sha256=" + std::string(64, '0');
  requests[3].body += " ";
  requests[4].headers["x-gitea-signature"] = std::string(64, '0');
  requests[5] = delivery("{}", "wrong");
  requests[5].headers["x-gitlab-token"] =
      kSecret;  // a signature is there: the token is no way round it
  requests[6].headers = {{"x-gitlab-token", ""},
                         {"authorization", "Bearer eyJhbGciOiJub25lIn0.e30."}};
  for (size_t i = 0; i < requests.size(); ++i) {
    const ServerReply reply = webhook_reply(check_webhook(requests[i], kSecret, true));
    EXPECT_EQ(reply.status, 401u) << i;
    EXPECT_EQ(reply.body, same) << i;
  }
}

TEST(Webhook, Sha1AloneIsRefusedBesideSha256ItIsIgnored) {
  ServerRequest request = delivery("{}");
  request.headers["x-hub-signature"] = "sha1=0123";
  EXPECT_EQ(outcome(request), "triggered");
  request.headers.erase("x-hub-signature-256");
  const ServerReply reply = webhook_reply(check_webhook(request, kSecret, true));
  EXPECT_EQ(reply.status, 401u);
  EXPECT_EQ(reply.body,
            "{\"code\":\"WebhookSignature\",\"error\":\"sha256 signature required\"}\n");
}

TEST(Webhook, WhatIsNotConfiguredLooksLikeAWrongSignature) {
  const ServerReply wrong = webhook_reply(check_webhook(delivery("{}", "wrong"), kSecret, true));
  for (const std::optional<std::string>& secret : {std::optional<std::string>(), {""}}) {
    for (const char* tried : {"", "wrong", kSecret}) {
      const ServerReply reply = webhook_reply(check_webhook(delivery("{}", tried), secret, true));
      EXPECT_EQ(reply.status, wrong.status);
      EXPECT_EQ(reply.body, wrong.body);
    }
  }
  ServerRequest token = delivery("{}");
  token.headers = {{"x-gitlab-token", ""}};
  EXPECT_EQ(webhook_reply(check_webhook(token, "", true)).status, 401u);
}

TEST(Webhook, WithoutAnySecretTheEndpointIsOff) {
  const ServerReply reply = webhook_reply(check_webhook(delivery("{}"), std::nullopt, false));
  EXPECT_EQ(reply.status, 404u);
  EXPECT_EQ(reply.body, error_reply(404, "NotFound", "no such path").body);
}

TEST(Webhook, BodiesThatAreNoPayload) {
  const std::string deep = std::string(100'000, '[');
  for (const std::string& body :
       {std::string("{"), std::string("null"), std::string("[]"), std::string("7"), deep,
        std::string("{\"a\":") + deep, std::string(R"({"ref":7})"), std::string(R"({"ref":null})"),
        std::string(R"({"push":{"changes":[]}})"), std::string(R"({"push":{"changes":null}})"),
        std::string(R"({"changes":{}})"), std::string(R"({"changes":[null]})"),
        std::string(R"({"refChanges":[]})"), std::string(R"({"resource":{"refUpdates":[]}})"),
        std::string(R"({"resource":{"refUpdates":[7]}})"), std::string("payload=%7B%7D"),
        std::string("\0\xFF", 2)}) {
    EXPECT_EQ(status(delivery(body)), 400u) << body.substr(0, 80);
  }
}

TEST(Webhook, RefsOfEveryHostAreReadForTheLog) {
  using Refs = std::vector<std::string>;
  EXPECT_EQ(refs_of(""), Refs());
  EXPECT_EQ(refs_of("{}"), Refs());
  EXPECT_EQ(refs_of(R"({"ref":"refs/heads/main","after":"0000"})"), Refs{"refs/heads/main"});
  EXPECT_EQ(refs_of(R"({"push":{"changes":[{"new":{"name":"a"}},{"new":null}]}})"), Refs{"a"});
  EXPECT_EQ(refs_of(R"({"changes":[{"ref":{"id":"refs/heads/b"}}]})"), Refs{"refs/heads/b"});
  EXPECT_EQ(refs_of(R"({"refChanges":[{"refId":"refs/heads/c"}]})"), Refs{"refs/heads/c"});
  EXPECT_EQ(refs_of(R"({"resource":{"refUpdates":[{"name":"refs/heads/d"}]}})"),
            Refs{"refs/heads/d"});
  EXPECT_EQ(refs_of("{\"ref\":\"a\\n\\u001b[2Jb\"}"), Refs());
  EXPECT_EQ(refs_of("{\"ref\":\"" + std::string(600, 'a') + "\"}"), Refs());
}

TEST(Webhook, OtherEventsAreAcceptedAndIgnored) {
  ServerRequest request = delivery("{}");
  const std::string accepted = webhook_reply(check_webhook(request, kSecret, true)).body;
  for (const char* event : {"ping", "issues", "Merge Request Hook", "\x1b[2J"}) {
    request.headers["x-github-event"] = event;
    const ServerReply reply = webhook_reply(check_webhook(request, kSecret, true));
    EXPECT_EQ(reply.status, 202u);
    EXPECT_EQ(reply.body, accepted);
    ASSERT_EQ(reply.headers.size(), 1u);
    EXPECT_EQ(reply.headers[0].second, "this event starts nothing");
  }
}

TEST(Webhook, ABodyOverTheLimitIsRefusedBeforeItsSignature) {
  EXPECT_EQ(status(delivery(std::string(kWebhookBodyLimit + 1, ' '))), 413u);
}

class WebhookRoute : public testing::Test {
 protected:
  ServerReply post(const std::string& path, ServerRequest request = delivery("{}")) {
    request.path = path;
    return route_.answer(request);
  }

  ManualClock clock_;
  std::vector<std::string> triggered_;
  std::map<std::string, int> counts_;
  Route route_ = webhook_route(
      {.secret_of =
           [](const RepositoryKey& key) {
             return key.name == "config" ? std::optional<std::string>(kSecret) : std::nullopt;
           },
       .any_secret = [] { return true; },
       .trigger = [this](const RepositoryKey& key,
                         const WebhookTrigger&) { triggered_.push_back(key.display()); },
       .count = [this](const std::string& outcome) { ++counts_[outcome]; },
       .clock = &clock_,
       .per_second = 10,
       .burst = 3});
};

TEST_F(WebhookRoute, TheUrlAloneSaysWhichRepository) {
  EXPECT_EQ(post("/hook/prod/config").status, 202u);
  EXPECT_EQ(post("/hook/prod/config",
                 delivery(R"({"ref":"refs/heads/x","repository":{"full_name":"a/other"}})"))
                .status,
            202u);
  EXPECT_EQ(triggered_, (std::vector<std::string>{"prod/config", "prod/config"}));
  EXPECT_EQ(post("/hook/prod/other").body, post("/hook/prod/config", delivery("{}", "no")).body);
  EXPECT_EQ(counts_, (std::map<std::string, int>{{"triggered", 2}, {"WebhookSignature", 2}}));
  for (const char* path : {"/hook/", "/hook/prod", "/hook/prod/", "/hook//x", "/hook/a/b/c"})
    EXPECT_EQ(post(path).status, 404u) << path;
}

TEST_F(WebhookRoute, EachReceiverHasItsOwnLimit) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(post("/hook/prod/config").status, 202u);
  const ServerReply reply = post("/hook/prod/config");
  EXPECT_EQ(reply.status, 429u);
  EXPECT_EQ(reply.headers,
            (std::vector<std::pair<std::string, std::string>>{{"Retry-After", "1"}}));
  EXPECT_EQ(post("/hook/test/config").status, 202u);
  clock_.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(post("/hook/prod/config").status, 202u);
  EXPECT_EQ(post("/hook/prod/config").status, 429u);
  // Unknown ones share one limit, whatever their names.
  std::vector<unsigned> seen;
  for (const char* path : {"/hook/a/a", "/hook/b/b", "/hook/c/c", "/hook/d/d"})
    seen.push_back(post(path).status);
  EXPECT_EQ(seen, (std::vector<unsigned>{401, 401, 401, 429}));
}

}  // namespace
}  // namespace plumb
