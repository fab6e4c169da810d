// A status goes to the custom resource and comes back as it was; what is not understood is refused,
// since an app whose inventory cannot be read must not prune by half of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/digest.h"
#include "core/status/status_json.h"
#include "lang/json/json.h"

namespace plumb {
namespace {

const ObjectKey kDeployment{"apps", "Deployment", "prod", "web"};
const ObjectKey kNamespace{"", "Namespace", "", "prod"};
const ObjectKey kSecret{"", "Secret", "prod", "password"};
const ObjectKey kRole{"rbac.authorization.k8s.io", "ClusterRole", "", "system:a_b:reader"};

WallTime time_of(const char* text) {
  return parse_rfc3339(text).value();
}

ApplyRecord record(const std::string& uid) {
  return {uid, fingerprint("D" + uid), fingerprint("S" + uid), fingerprint("P" + uid)};
}

AppStatus full_status() {
  AppStatus status;
  status.observed_generation = 7;
  const WallTime then = time_of("2026-03-01T10:00:00Z");
  status.conditions = {{"Ready", "False", "ApplyFailed", "13/14 applied", then, 7},
                       {"Stalled", "True", "ApplyFailed", "denied \"quoted\"\n…", then, 7}};
  status.last_attempted_revision = "main@sha1:3f1c2ab9";
  status.last_attempted_manifests = "0f1e";
  status.last_attempted_from = "main@sha1:2e1c2ab9";
  status.last_attempted_since = then;
  status.last_applied_revision = "main@sha1:00000000";
  status.last_handled_sync = "2026-03-01T09:59:59.5Z";
  status.applied = "13/14";
  status.health = "InProgress";
  status.problems = {{kDeployment, "Denied", "no", "apps/web/deployment.yaml:12", then},
                     {kRole, "InProgress", "", "", then}};
  status.wanted = {kNamespace, kRole};
  status.history = {{.revision = "main@sha1:00000000",
                     .author = "Ada <ada@example>",
                     .subject = "Begin",
                     .signer = "ada",
                     .grants = {{"images", {"bob", "carol"}}, {"docs", {}}},
                     .applied_at = then,
                     .duration_ms = 1234,
                     .changed = 3,
                     .pruned = 1,
                     .objects = {"Deployment/web", "Role/admin"},
                     .health = "Current",
                     .manifests = "0f1d"}};
  status.inventory = Inventory({{kDeployment, "v1", record("u-1")},
                                {kNamespace, "v1", std::nullopt},
                                {kRole, "v1", record("u-2")}});
  return status;
}

Value entry(const char* id, const std::string& h) {
  return Value::map({{"id", id}, {"v", "v1"}, {"h", h}});
}

Result<AppStatus> read_entry(Value item) {
  return app_status_of(
      Value::map({{"inventory", Value::map({{"entries", Value::list({std::move(item)})}})}}));
}

// The bytes of a record as they are written.
std::string written_record() {
  AppStatus status;
  status.inventory = Inventory({{kDeployment, "v1", record("u-1")}});
  const Value value = to_value(status);
  const Value* entries = value.find_path({"inventory", "entries"});
  return entries->as_list()->front().string_at({"h"});
}

TEST(StatusJson, AFullStatusComesBackAsItWas) {
  const AppStatus status = full_status();
  const Result<AppStatus> back = app_status_of(to_value(status));
  ASSERT_TRUE(back.has_value()) << back.error().render();
  EXPECT_EQ(*back, status);
}

TEST(StatusJson, AlsoThroughText) {
  const std::string text = json::write(to_value(full_status()));
  const Result<Value> parsed = json::parse(text);
  ASSERT_TRUE(parsed.has_value()) << parsed.error().render();
  const Result<AppStatus> back = app_status_of(*parsed);
  ASSERT_TRUE(back.has_value()) << back.error().render();
  EXPECT_EQ(*back, full_status());
}

TEST(StatusJson, AnEmptyStatusIsAnEmptyObjectAndBack) {
  EXPECT_EQ(json::write(to_value(AppStatus{})), "{}");
  EXPECT_EQ(app_status_of(Value::map()).value(), AppStatus{});
  EXPECT_EQ(json::write(to_value(RepositoryStatus{})), "{}");
  EXPECT_EQ(repository_status_of(Value::map()).value(), RepositoryStatus{});
}

TEST(StatusJson, ARepositoryComesBackAsItWas) {
  RepositoryStatus status;
  status.observed_generation = 2;
  status.conditions = {
      {"Ready", "True", "Fetched", "main@sha1:3f1c", time_of("2026-03-01T10:00:00Z"), 2}};
  status.revision = "main@sha1:3f1c";
  status.commit = "3f1c";
  status.ref = "refs/heads/main";
  status.last_handled_sync = "now";
  EXPECT_EQ(repository_status_of(to_value(status)).value(), status);
}

TEST(StatusJson, RecordsOfSecretsAreNotWrittenButTheirEntriesAre) {
  AppStatus status;
  status.inventory = Inventory({{kSecret, "v1", record("u-3")}});
  const AppStatus back = app_status_of(to_value(status)).value();
  ASSERT_NE(back.inventory.find(kSecret), nullptr);
  EXPECT_EQ(back.inventory.find(kSecret)->applied, std::nullopt);
}

TEST(StatusJson, NamesWithColonsAndUnderscoresKeepTheirIdentity) {
  AppStatus status;
  status.inventory = Inventory({{kRole, "v1", std::nullopt}});
  EXPECT_EQ(app_status_of(to_value(status)).value().inventory.entries()[0].key, kRole);
}

TEST(StatusJson, TheWrittenRecordIsRead) {
  const Result<AppStatus> status = read_entry(entry("prod_web_apps_Deployment", written_record()));
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(status->inventory.entries()[0].applied, record("u-1"));
}

TEST(StatusJson, RecordsOfUnknownFormatOrLengthAreRefused) {
  const std::string good = base64_decode(written_record()).value();
  std::string newer = good;
  newer[0] = 2;
  std::string longer_uid = good;
  ++longer_uid[1];
  std::vector<std::string> bad{"not base64!", base64_encode(newer), base64_encode(longer_uid),
                               base64_encode(good + "x")};
  for (size_t size = 1; size < good.size(); ++size) {
    bad.push_back(base64_encode(good.substr(0, size)));
  }
  for (const std::string& h : bad) {
    const Result<AppStatus> status = read_entry(entry("prod_web_apps_Deployment", h));
    ASSERT_FALSE(status.has_value()) << h;
    EXPECT_EQ(status.error().code(), kBadStatus);
  }
}

TEST(StatusJson, WhatIsNotAnInventoryIsRefused) {
  EXPECT_FALSE(read_entry(Value::map({{"id", "prod_web"}})).has_value());
  EXPECT_FALSE(read_entry(Value("text")).has_value());
  EXPECT_FALSE(read_entry(Value::map({{"v", "v1"}})).has_value());
  EXPECT_FALSE(read_entry(Value::map({{"id", "prod_web_apps_Deployment"}, {"h", 5}})).has_value());
  EXPECT_FALSE(app_status_of(Value::map({{"inventory", "text"}})).has_value());
  const Value entries = Value::map({{"entries", Value::map({{"a", "b"}})}});
  EXPECT_FALSE(app_status_of(Value::map({{"inventory", entries}})).has_value());
}

TEST(StatusJson, NoInventoryYetIsAnEmptyOne) {
  EXPECT_TRUE(app_status_of(Value::map({{"inventory", Value()}})).value().inventory.empty());
  EXPECT_TRUE(app_status_of(Value::map({{"inventory", Value::map()}})).value().inventory.empty());
}

TEST(StatusJson, AUidThatDoesNotFitIsNotWrittenAsSomethingElse) {
  AppStatus status;
  status.inventory = Inventory({{kDeployment, "v1", record(std::string(300, 'u'))}});
  const Result<AppStatus> back = app_status_of(to_value(status));
  ASSERT_TRUE(back.has_value()) << back.error().render();
  EXPECT_EQ(back->inventory.entries()[0].applied, std::nullopt);
}

}  // namespace
}  // namespace plumb
