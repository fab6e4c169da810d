// Orders of events, answers and lists that a real server produces only now and then.
#include "edge/cluster/live_records.h"

#include <gmock/gmock.h>

namespace plumb {
namespace {

using Kind = LiveChange::Kind;
using testing::ElementsAre;
using testing::IsEmpty;

const GroupVersionKind kKind{"", "v1", "ConfigMap"};
const ObjectKey kKey{"", "ConfigMap", "default", "a"};
const AppKey kApp{{"apps", "demo"}};
constexpr const char* kUid = "00000000-0000-4000-8000-000000000001";
constexpr const char* kOtherUid = "00000000-0000-4000-8000-000000000002";

LiveSight sight(uint64_t version, const char* value, const char* uid = kUid) {
  LiveSight sight;
  sight.key = kKey;
  sight.owner = kApp;
  sight.uid = uid;
  sight.version = version;
  sight.state = {fingerprint("fields"), fingerprint(value)};
  sight.health = {HealthStatus::current, ""};
  return sight;
}

ApplyRecord record(const char* value, const char* uid = kUid) {
  return {uid, fingerprint("desired"), fingerprint("fields"), fingerprint(value)};
}

std::vector<Kind> kinds(const LiveRecords::Changes& changes) {
  std::vector<Kind> out;
  for (const LiveChange& change : changes) out.push_back(change.kind);
  return out;
}

class Records : public testing::Test {
 protected:
  void SetUp() override {
    records_.add_kind(kKind);
    records_.list_begins(kKind.group_kind());
    (void)records_.list_complete(kKind.group_kind(), 1);
  }
  std::vector<Kind> seen(uint64_t version, const char* value, const char* uid = kUid) {
    return kinds(records_.seen(sight(version, value, uid), Value::map()));
  }
  std::vector<Kind> applied(uint64_t version, const char* value, const char* uid = kUid) {
    return kinds(records_.applied(kApp, sight(version, value, uid), record(value, uid)));
  }
  LiveRecords records_;
};

TEST_F(Records, event_before_the_answer) {
  records_.applying(kKey);
  EXPECT_THAT(seen(10, "1"), IsEmpty());
  EXPECT_THAT(applied(10, "1"), IsEmpty());
  records_.applying(kKey);
  EXPECT_THAT(seen(11, "2"), IsEmpty()) << "would be drift, were no apply awaited";
  EXPECT_EQ(records_.before_apply(kKey).version, 10u);
  EXPECT_THAT(applied(11, "2"), IsEmpty());
  EXPECT_FALSE(records_.find(kKey)->drifted());
}

TEST_F(Records, foreign_change_between_our_write_and_its_answer) {
  records_.applying(kKey);
  EXPECT_THAT(seen(10, "1"), IsEmpty());
  EXPECT_THAT(seen(11, "foreign"), IsEmpty());
  EXPECT_THAT(applied(10, "1"), ElementsAre(Kind::drifted));
}

TEST_F(Records, what_annotations_say_of_pruning_is_kept) {
  LiveSight guarded = sight(10, "1");
  guarded.deletion = {DeletionRule::disabled, DeletionRule::disabled};
  (void)records_.seen(guarded, Value::map());
  EXPECT_EQ(records_.find(kKey)->deletion, guarded.deletion);
  guarded.deletion = {DeletionRule::confirm, DeletionRule::allowed};
  guarded.version = 11;
  (void)records_.seen(guarded, Value::map());
  EXPECT_EQ(records_.find(kKey)->deletion, guarded.deletion);
}

TEST_F(Records, late_echo_is_ignored) {
  records_.applying(kKey);
  (void)applied(12, "2");
  EXPECT_THAT(seen(11, "1"), IsEmpty());
  EXPECT_EQ(records_.find(kKey)->resource_version, "12");
}

TEST_F(Records, failed_apply_announces_what_was_held_back) {
  (void)applied(10, "1");
  records_.applying(kKey);
  EXPECT_THAT(seen(11, "foreign"), IsEmpty());
  EXPECT_THAT(kinds(records_.apply_failed(kKey)), ElementsAre(Kind::drifted));
}

TEST_F(Records, deleted_while_an_apply_is_awaited) {
  (void)applied(10, "1");
  records_.applying(kKey);
  EXPECT_THAT(kinds(records_.deleted(kKey, 12)), IsEmpty());
  // The answer is older than the deletion: the object is gone.
  EXPECT_THAT(applied(11, "2"), ElementsAre(Kind::deleted));
  EXPECT_FALSE(records_.find(kKey));
  // The answer is newer: it made the object anew.
  records_.applying(kKey);
  EXPECT_THAT(kinds(records_.deleted(kKey, 20)), IsEmpty());
  EXPECT_THAT(applied(21, "2", kOtherUid), IsEmpty());
  EXPECT_TRUE(records_.find(kKey));
}

TEST_F(Records, deletion_event_after_the_answer_of_a_later_apply) {
  (void)applied(10, "1");
  (void)applied(21, "1", kOtherUid);
  EXPECT_THAT(kinds(records_.deleted(kKey, 20)), IsEmpty());
  EXPECT_TRUE(records_.find(kKey));
}

TEST_F(Records, several_applies_of_one_object) {
  records_.applying(kKey);
  records_.applying(kKey);
  EXPECT_THAT(applied(10, "1"), IsEmpty());
  EXPECT_THAT(seen(11, "2"), IsEmpty()) << "the second is still awaited";
  EXPECT_THAT(applied(11, "2"), IsEmpty());
}

TEST_F(Records, new_list_finds_what_vanished) {
  (void)applied(10, "1");
  records_.list_begins(kKind.group_kind());
  EXPECT_THAT(kinds(records_.list_complete(kKind.group_kind(), 30)),
              ElementsAre(Kind::deleted, Kind::synced_kind));
  (void)applied(40, "1");
  records_.list_begins(kKind.group_kind());
  EXPECT_THAT(kinds(records_.list_complete(kKind.group_kind(), 35)), ElementsAre(Kind::synced_kind))
      << "applied after the list was taken";
  records_.list_begins(kKind.group_kind());
  EXPECT_TRUE(records_.seen_already(kKey, 40));
  EXPECT_THAT(kinds(records_.list_complete(kKind.group_kind(), 50)),
              ElementsAre(Kind::synced_kind));
}

TEST_F(Records, another_uid_is_drift) {
  (void)applied(10, "1");
  EXPECT_THAT(seen(11, "1", kOtherUid), ElementsAre(Kind::drifted));
  EXPECT_EQ(records_.find(kKey)->uid, kOtherUid);
  EXPECT_EQ(records_.find(kKey)->applied->uid, kUid);
}

TEST_F(Records, drift_is_announced_once_per_state) {
  (void)applied(10, "1");
  EXPECT_THAT(seen(11, "x"), ElementsAre(Kind::drifted));
  EXPECT_THAT(seen(12, "x"), IsEmpty());
  EXPECT_THAT(seen(13, "y"), ElementsAre(Kind::drifted));
  EXPECT_THAT(seen(14, "1"), IsEmpty()) << "somebody put it right";
  EXPECT_FALSE(records_.find(kKey)->drifted());
}

TEST_F(Records, uid_that_is_no_uuid) {
  (void)applied(10, "1", "uid-of-a-small-server");
  EXPECT_EQ(records_.find(kKey)->uid, "uid-of-a-small-server");
  EXPECT_FALSE(records_.find(kKey)->drifted());
}

}  // namespace
}  // namespace plumb
