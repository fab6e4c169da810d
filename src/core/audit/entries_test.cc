#include "core/audit/entries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lang/json/json.h"

namespace plumb::audit {
namespace {

using ::testing::ElementsAre;

Value parsed(std::string_view text) {
  return json::parse(text).value();
}

std::vector<std::string> fields(std::string_view before, std::string_view after) {
  return changed_fields(parsed(before), parsed(after));
}

TEST(ChangedFields, NamesAndNeverValues) {
  EXPECT_THAT(fields(R"({"a":{"b":1,"c":2}})", R"({"a":{"b":9,"c":2},"d":1})"),
              ElementsAre("a.b", "d"));
  EXPECT_THAT(fields(R"({"data":{"password":"b2xk"}})", R"({"data":{"password":"bmV3"}})"),
              ElementsAre("data.password"));
  EXPECT_THAT(fields(R"({"l":[{"name":"x","v":1},{"name":"y"}]})",
                     R"({"l":[{"name":"new"},{"name":"x","v":2},{"name":"y"}]})"),
              ElementsAre("l[new]", "l[x].v"));
  EXPECT_THAT(fields(R"({"l":[1,2]})", R"({"l":[1,3,4]})"), ElementsAre("l[1]", "l[2]"));
  EXPECT_THAT(fields(R"({"l":[1]})", R"({"l":{"0":1}})"), ElementsAre("l"));
  EXPECT_TRUE(fields(R"({"a":[{"b":1}]})", R"({"a":[{"b":1}]})").empty());
}

StepOutcome step(const char* name, StepReason reason, Outcome outcome) {
  return {{"apps", "Deployment", "prod", name}, reason, std::move(outcome), {}, "", ""};
}

AppliedOutcome changed() {
  AppliedOutcome out;
  out.changed = true;
  return out;
}

TurnRecord turn(std::vector<StepOutcome> steps) {
  TurnRecord out;
  out.spec.key = AppKey{{"prod", "web"}};
  out.revision.emplace();
  out.revision->ref = RefName("refs/heads/main");
  out.revision->commit = CommitId(std::string(40, 'a'));
  out.signer = "alice";
  out.applied = Applied{std::move(steps)};
  return out;
}

AppStatus at(const TurnRecord& record) {
  AppStatus out;
  out.last_applied_revision = record.revision->display();
  return out;
}

TEST(EntryOfTurn, NothingWhereNothingHappened) {
  TurnRecord record = turn({step("web", StepReason::unconfirmed, AppliedOutcome{})});
  record.all_applied = true;
  EXPECT_FALSE(entry_of_turn(record, at(record), {}));
  record.applied.reset();
  EXPECT_FALSE(entry_of_turn(record, at(record), {}));
}

// After a crash between the turn and its record the next turn finds all applied.
TEST(EntryOfTurn, TheRevisionMoved) {
  TurnRecord record = turn({});
  record.all_applied = true;
  const auto entry = entry_of_turn(record, AppStatus{}, {});
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->verdict, Verdict::applied);
  EXPECT_EQ(entry->commit, std::string(40, 'a'));
  EXPECT_EQ(entry->signer, "alice");
}

TEST(EntryOfTurn, Verdicts) {
  const auto verdict = [](const TurnRecord& record) {
    const auto entry = entry_of_turn(record, at(record), {});
    return entry ? std::string(to_string(entry->verdict)) : "none";
  };
  EXPECT_EQ(verdict(turn({step("web", StepReason::changed, changed())})), "applied");
  EXPECT_EQ(verdict(turn({step("web", StepReason::drifted, changed())})), "healed");
  EXPECT_EQ(verdict(turn({step("web", StepReason::drifted, changed()),
                          step("api", StepReason::created, changed())})),
            "applied");
  EXPECT_EQ(verdict(turn({step("web", StepReason::left_source, DeletedOutcome{})})), "applied");
  EXPECT_EQ(verdict(turn({step("web", StepReason::changed,
                               FailedOutcome{Error(kInternal, "no", Retry::permanent)})})),
            "failed");
  EXPECT_EQ(verdict(turn({step("web", StepReason::changed, SkippedOutcome{})})), "none");
  TurnRecord stopped = turn({});
  stopped.stopped = StageError{Stage::render, Error(kInternal, "no")};
  EXPECT_EQ(verdict(stopped), "refused");
  stopped.stopped = StageError{Stage::fetch, Error(kInternal, "no")};
  EXPECT_EQ(verdict(stopped), "none");
  TurnRecord gone = turn({step("web", StepReason::app_deleted, DeletedOutcome{})});
  gone.spec.deleting = true;
  EXPECT_EQ(verdict(gone), "deleted");
}

TEST(EntryOfTurn, FieldsOfWhatTheCommitChanged) {
  const auto web = [](std::string_view body) {
    Manifest out;
    out.key = {"apps", "Deployment", "prod", "web"};
    out.body = parsed(body);
    Manifests all;
    all.objects.push_back(std::move(out));
    return all;
  };
  const Manifests before = web(R"({"spec":{"replicas":1}})");
  const Manifests now = web(R"({"spec":{"replicas":2}})");
  const TurnRecord record = turn({step("web", StepReason::changed, changed())});
  const auto entry = entry_of_turn(record, at(record), {&before, &now});
  ASSERT_TRUE(entry);
  ASSERT_EQ(entry->objects.size(), 1U);
  EXPECT_THAT(entry->objects[0].fields, ElementsAre("spec.replicas"));
}

}  // namespace
}  // namespace plumb::audit
