#include "core/status/rollback.h"

#include <gtest/gtest.h>

#include "lang/json/json.h"

namespace plumb {
namespace {

constexpr WallTime kBegan{std::chrono::hours(1000)};
constexpr WallTime kLate = kBegan + std::chrono::minutes(5);  // spec.timeout

std::string revision(char digit) {
  return "main@" + std::string(40, digit);
}

HistoryEntry entry(char digit, bool well) {
  HistoryEntry out;
  out.revision = revision(digit);
  out.health = well ? "Current" : "InProgress";
  return out;
}

AppSpec app_with_rollback() {
  AppSpec app;
  app.key = {{"prod", "web"}};
  app.path = *RelPath::parse("apps/web");
  app.rollback = RollbackSpec{"reg.example/plumb-ci:v1", "push"};
  return app;
}

// Revision 2 is here and unhealthy; 1 was well.
AppStatus failed() {
  AppStatus status;
  status.conditions = {
      {"Ready", "False", "HealthCheckFailed", "", kBegan + std::chrono::minutes(1), 1}};
  status.last_attempted_revision = status.last_applied_revision = revision('2');
  status.last_attempted_since = kBegan;
  status.history = {entry('2', false), entry('1', true)};
  return status;
}

std::string due(const AppSpec& app, const AppStatus& status, WallTime now = kLate) {
  const auto order = rollback_due(app, status, now);
  return order ? order->bad.str().substr(0, 1) + " to " + order->good.str().substr(0, 1) : "none";
}

TEST(RollbackDue, ToTheLastThatWasWell) {
  EXPECT_EQ(due(app_with_rollback(), failed()), "2 to 1");
  AppStatus status = failed();
  status.history = {entry('2', false), entry('3', false), entry('1', true), entry('0', true)};
  EXPECT_EQ(due(app_with_rollback(), status), "2 to 1");
}

TEST(RollbackDue, OfARevisionThatStoppedAtAWave) {
  AppStatus status = failed();
  status.last_applied_revision = revision('1');
  status.history = {entry('1', true)};
  EXPECT_EQ(due(app_with_rollback(), status, kLate - std::chrono::seconds(1)), "none");
  EXPECT_EQ(due(app_with_rollback(), status), "2 to 1");
}

TEST(RollbackDue, NotBeforeTheDeadline) {
  EXPECT_EQ(due(app_with_rollback(), failed(), kLate - std::chrono::seconds(1)), "none");
}

TEST(RollbackDue, NotOfOneThatWasWellOnce) {
  AppStatus status = failed();
  status.history[0].health = "Current";
  EXPECT_EQ(due(app_with_rollback(), status), "none");
}

TEST(RollbackDue, NotOfACommitThatChangedNothingHere) {
  AppStatus status = failed();
  status.history.erase(status.history.begin());
  EXPECT_EQ(due(app_with_rollback(), status), "none");
}

TEST(RollbackDue, OnceAndOnlyWhenAsked) {
  AppStatus status = failed();
  status.rollback.revision = revision('2');
  EXPECT_EQ(due(app_with_rollback(), status), "none");
  AppSpec app = app_with_rollback();
  app.rollback.reset();
  EXPECT_EQ(due(app, failed()), "none");
  app = app_with_rollback();
  app.suspend = true;
  EXPECT_EQ(due(app, failed()), "none");
}

TEST(RollbackDue, NotForOtherFailuresNorWithoutAGoodOne) {
  AppStatus status = failed();
  for (const char* reason : {"RenderFailed", "ApplyFailed", "Progressing", "NotTrusted"}) {
    status.conditions[0].reason = reason;
    EXPECT_EQ(due(app_with_rollback(), status), "none") << reason;
  }
  status = failed();
  status.history[1].health = "Failed";
  EXPECT_EQ(due(app_with_rollback(), status), "none");
  status.history.clear();
  EXPECT_EQ(due(app_with_rollback(), status), "none");
}

TEST(RollbackJob, HasNoRightInTheCluster) {
  const AppSpec app = app_with_rollback();
  const auto order = rollback_due(app, failed(), kLate);
  ASSERT_TRUE(order);
  const Value job = rollback_job(app, "u-1", {"https://git.example/c.git", "main"}, *order);
  EXPECT_EQ(job.string_at({"metadata", "name"}), "web-rollback-222222222222");
  const Value* pod = job.find_path({"spec", "template", "spec"});
  ASSERT_NE(pod, nullptr);
  EXPECT_FALSE(*pod->find("automountServiceAccountToken")->as_bool());
  EXPECT_EQ(pod->find("serviceAccountName"), nullptr);
  const std::string text = json::write(job);
  EXPECT_NE(text.find("\"--to\",\"" + std::string(40, '1') + "\""), std::string::npos);
  EXPECT_NE(text.find("\"--unless-changed-since\",\"" + std::string(40, '2') + "\""),
            std::string::npos);
  // Nobody takes it for an object of the app.
  EXPECT_EQ(text.find(kAppLabel), std::string::npos);
}

TEST(RollbackJob, LongNamesStayApart) {
  const CommitId bad(std::string(40, '2'));
  const std::string a = rollback_job_name({{"p", std::string(62, 'a') + "b"}}, bad);
  const std::string b = rollback_job_name({{"p", std::string(62, 'a') + "c"}}, bad);
  EXPECT_NE(a, b);
  EXPECT_LE(a.size(), 63u);
  EXPECT_TRUE(a.ends_with("-rollback-222222222222"));
}

}  // namespace
}  // namespace plumb
