// The drift test on answers of kube-apiserver v1.36.3 (recorded/): one Deployment, applied by us
// and then changed in the ways that matter.
#include "edge/cluster/drift.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "lang/json/json.h"

namespace plumb {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Value recorded(const std::string& name) {
  const char* root = std::getenv("PLUMB_SOURCE_DIR");
  std::ifstream in(std::string(root != nullptr ? root : ".") + "/src/edge/cluster/recorded/" +
                   name + ".json");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const Result<Value> value = json::parse(text);
  EXPECT_TRUE(value.has_value()) << name;
  return value ? *value : Value();
}

TEST(Drift, record_of_an_apply) {
  const Value applied = recorded("applied");
  const auto record = record_of(applied, fingerprint("body"));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->uid, applied.string_at({"metadata", "uid"}));
  EXPECT_EQ(record->desired, fingerprint("body"));
  EXPECT_FALSE(record->managed.is_zero());
  EXPECT_FALSE(record->projected.is_zero());
  EXPECT_EQ(record_of(recorded("wiped"), fingerprint("body")).error().code(), kNoManagedFields);
}

TEST(Drift, changes_of_others_to_what_is_theirs) {
  const DriftState ours = drift_state_of(recorded("applied"));
  for (const char* name : {"foreign_label", "defaulted_field", "status", "same_value"})
    EXPECT_EQ(drift_state_of(recorded(name)), ours) << name;
}

TEST(Drift, changes_of_what_is_ours) {
  const DriftState ours = drift_state_of(recorded("applied"));
  for (const char* name : {"edited", "scaled", "item_removed"}) {
    const DriftState now = drift_state_of(recorded(name));
    EXPECT_NE(now.managed, ours.managed) << name;
    EXPECT_NE(now.projected, ours.projected) << name;
  }
  // Our own manager name: the set is whole, only a value differs.
  const DriftState imitated = drift_state_of(recorded("same_manager"));
  EXPECT_EQ(imitated.managed, ours.managed);
  EXPECT_NE(imitated.projected, ours.projected);
  EXPECT_TRUE(drift_state_of(recorded("wiped")).managed.is_zero());
}

TEST(Drift, one_apply_restores_everything) {
  EXPECT_EQ(drift_state_of(recorded("healed")), drift_state_of(recorded("applied")));
}

TEST(Drift, blame_by_what_was_lost) {
  const Value applied = recorded("applied");
  const Value* previous = managed_fields_of(applied);
  ASSERT_TRUE(previous);
  const DriftBlame edited = blame(recorded("edited"), previous);
  EXPECT_THAT(edited.managers, ElementsAre("kubectl-edit"));
  EXPECT_THAT(edited.paths, ElementsAre("spec.replicas"));
  const DriftBlame scaled = blame(recorded("scaled"), previous);
  EXPECT_THAT(scaled.managers, ElementsAre("hpa"));
  EXPECT_THAT(scaled.paths, ElementsAre("spec.replicas"));
  EXPECT_THAT(blame(recorded("foreign_label"), previous).managers, IsEmpty());
  EXPECT_THAT(blame(recorded("item_removed"), previous).managers, IsEmpty());
}

TEST(Drift, blame_without_memory_names_the_later_writers) {
  const DriftBlame edited = blame(recorded("edited"));
  EXPECT_THAT(edited.managers, testing::Contains("kubectl-edit"));
  EXPECT_THAT(edited.paths, testing::Contains("spec.replicas"));
}

// An entry that came by /scale has no time: it counts where nobody wrote since our apply.
TEST(Drift, blame_without_memory_names_who_scaled) {
  Value scaled = recorded("scaled");
  Value entries = *scaled.find_path({"metadata", "managedFields"});
  entries.mutable_list().front().set("time", "2026-11-23T11:34:13Z");  // ours
  scaled.set_path({"metadata", "managedFields"}, entries);
  const DriftBlame found = blame(scaled);
  EXPECT_THAT(found.managers, ElementsAre("hpa"));
  EXPECT_THAT(found.paths, ElementsAre("spec.replicas"));
}

// Path elements the recorded Deployment does not have: v:, i: and what is not there.
TEST(Drift, every_kind_of_path_element) {
  const auto object = [](const char* text) { return *json::parse(text); };
  const Value fields = object(
      R"({"f:set":{"v:\"a\"":{}},"f:list":{"i:1":{}},"f:items":{"k:{\"n\":1,\"p\":\"x\"}":{".":{},"f:v":{}}}})");
  const Value base =
      object(R"({"set":["a","b"],"list":[1,2],"items":[{"n":2},{"n":1,"p":"x","v":3}]})");
  const Fingerprint print = projected_fingerprint(base, fields);
  const char* same[] = {
      R"({"set":["c","a"],"list":[9,2,3],"items":[{"n":1,"p":"x","v":3,"w":1}],"more":1})"};
  for (const char* text : same)
    EXPECT_EQ(projected_fingerprint(object(text), fields), print) << text;
  const char* other[] = {
      R"({"set":["b"],"list":[1,2],"items":[{"n":1,"p":"x","v":3}]})",
      R"({"set":["a"],"list":[1],"items":[{"n":1,"p":"x","v":3}]})",
      R"({"set":["a"],"list":[1,2],"items":[{"n":1,"p":"y","v":3}]})",
      R"({"set":["a"],"list":[1,2],"items":[{"n":1,"p":"x","v":"3"}]})",
      R"({"set":["a"],"list":[1,2],"items":[{"n":1,"p":"x"}]})",
      R"({"set":"a","list":{},"items":null})",
      R"({})",
  };
  for (const char* text : other)
    EXPECT_NE(projected_fingerprint(object(text), fields), print) << text;
}

}  // namespace
}  // namespace plumb
