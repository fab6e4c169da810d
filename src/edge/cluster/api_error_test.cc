#include "edge/cluster/api_error.h"

#include <gmock/gmock.h>

namespace plumb {
namespace {

using testing::HasSubstr;
using testing::Not;

const Attempt kSecret{"apply", {"", "Secret", "prod", "login"}};
const Attempt kWeb{"apply", {"apps", "Deployment", "prod", "web"}};

HttpResponse answer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

std::string failure(const std::string& rest) {
  return R"({"kind":"Status","status":"Failure",)" + rest + "}";
}

TEST(ApiError, manifest_mistakes_answered_with_500_are_permanent) {
  const Error error = api_error(
      answer(500, failure(R"("message":"failed to create typed patch object (prod/web; apps/v1, )"
                          R"(Kind=Deployment): .spec.replicas: expected numeric, got x")")),
      kWeb);
  EXPECT_EQ(error.code(), kInvalidObject);
  EXPECT_EQ(error.retry(), Retry::permanent);
  EXPECT_THAT(error.message(), HasSubstr("refused it: spec.replicas: expected numeric"));
}

TEST(ApiError, other_500_are_worth_a_repetition) {
  const Error error =
      api_error(answer(500, failure(R"("message":"Internal error occurred: boom")")), kWeb);
  EXPECT_EQ(error.code(), kServerError);
  EXPECT_EQ(error.retry(), Retry::transient);
}

TEST(ApiError, of_secrets_no_text_of_the_server_is_passed_on) {
  const char* bodies[] = {
      R"("message":"failed to create typed patch object (prod/login; v1, Kind=Secret): .data: expected map, got &{[hunter2]}")",
      R"("message":"Secret \"login\" is invalid: data[k]: Invalid value: \"hunter2\": bad","details":{"causes":[{"field":"data[k]","message":"Invalid value: \"hunter2\": bad"}]})",
      R"("message":"admission webhook \"w.example.com\" denied the request: hunter2 is weak")",
      R"("message":"something of hunter2")",
      R"("message":"failed calling webhook \"w\": hunter2")",
  };
  for (const int status : {400, 403, 409, 418, 422, 500}) {
    for (const char* body : bodies) {
      EXPECT_THAT(api_error(answer(status, failure(body)), kSecret).render(),
                  Not(HasSubstr("hunter2")))
          << status << " " << body;
    }
    EXPECT_THAT(api_error(answer(status, "hunter2"), kSecret).render(), Not(HasSubstr("hunter2")));
  }
  EXPECT_THAT(api_error(answer(500, failure(bodies[0])), kSecret).message(),
              HasSubstr("data: value hidden"));
  EXPECT_THAT(api_error(answer(422, failure(bodies[1])), kSecret).message(),
              HasSubstr("data[k]: value hidden"));
}

TEST(ApiError, webhooks) {
  const Error denied = api_error(
      answer(403,
             failure(R"("message":"admission webhook \"w.example.com\" denied the request: no")")),
      kWeb);
  EXPECT_EQ(denied.code(), kAdmissionDenied);
  EXPECT_EQ(denied.retry(), Retry::denied);
  EXPECT_THAT(denied.message(), HasSubstr("w.example.com denied it: no"));
  const Error down = api_error(
      answer(500,
             failure(R"("message":"Internal error occurred: failed calling webhook \"w\": EOF")")),
      kWeb);
  EXPECT_EQ(down.code(), kAdmissionUnavailable);
  EXPECT_EQ(down.retry(), Retry::transient);
}

TEST(ApiError, quota_and_namespaces) {
  EXPECT_EQ(
      api_error(
          answer(
              403,
              failure(
                  R"("message":"pods \"a\" is forbidden: exceeded quota: q, requested: pods=1")")),
          kWeb)
          .code(),
      kQuotaExceeded);
  EXPECT_EQ(
      api_error(
          answer(
              403,
              failure(
                  R"("message":"forbidden","details":{"causes":[{"reason":"NamespaceTerminating"}]})")),
          kWeb)
          .code(),
      kNamespaceTerminating);
}

TEST(ApiError, not_found_is_told_from_not_served) {
  EXPECT_EQ(api_error(answer(404, "404 page not found\n"), kWeb).code(), kKindNotServed);
  EXPECT_EQ(
      api_error(answer(404, failure(R"("details":{"kind":"deployments","name":"web"})")), kWeb)
          .code(),
      kObjectNotFound);
  EXPECT_EQ(
      api_error(answer(404, failure(R"("details":{"kind":"namespaces","name":"prod"})")), kWeb)
          .code(),
      kNamespaceMissing);
}

TEST(ApiError, text_of_the_server_cannot_write_on_a_terminal) {
  const Error error = api_error(answer(400, failure("\"message\":\"\\u001b[31mred\"")), kWeb);
  EXPECT_THAT(error.render(), Not(HasSubstr("\x1b")));
}

TEST(ApiError, repetition) {
  HttpResponse response = answer(429, "");
  EXPECT_TRUE(worth_retrying(response));
  EXPECT_FALSE(retry_after(response));
  response.headers = {{"retry-after", "7"}};
  EXPECT_EQ(retry_after(response), Duration(std::chrono::seconds(7)));
  response.headers = {{"retry-after", "-7"}};
  EXPECT_FALSE(retry_after(response));
  EXPECT_FALSE(worth_retrying(answer(500, "")));
  EXPECT_TRUE(worth_retrying(answer(503, "")));
  EXPECT_FALSE(worth_retrying(answer(422, "")));
}

}  // namespace
}  // namespace plumb
