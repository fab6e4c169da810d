// Ignore rules: which fields are left out of what is sent to an object that is there.
#include "core/plan/ignore.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/plan/prepare.h"
#include "lang/json/json.h"
#include "world.h"

namespace plumb {
namespace {

using namespace testing_plan;

Value value_of(const std::string& text) {
  Result<Value> value = json::parse(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value ? std::move(value).value() : Value();
}

// An object as the server returns it: content and, for each manager, what it owns.
Value live_of(const std::string& content, const std::string& ours, const std::string& theirs = "",
              const std::string& manager = "hpa", const std::string& subresource = "") {
  Value out = value_of(content);
  Value entries = Value::list();
  if (!ours.empty()) {
    entries.mutable_list().push_back(Value::map(
        {{"manager", kFieldManager}, {"operation", "Apply"}, {"fieldsV1", value_of(ours)}}));
  }
  if (!theirs.empty()) {
    entries.mutable_list().push_back(Value::map({{"manager", manager},
                                                 {"operation", "Update"},
                                                 {"subresource", subresource},
                                                 {"fieldsV1", value_of(theirs)}}));
  }
  out.set_path({"metadata", "managedFields"}, entries);
  return out;
}

IgnoredFields at(std::initializer_list<const char*> pointers) {
  IgnoredFields out;
  for (const char* text : pointers) out.pointers.push_back(*parse_ignored_pointer(text));
  return out;
}

std::string sent(const std::string& body, const Value& live, const IgnoredFields& ignored) {
  return json::write(without_ignored(value_of(body), live, ignored));
}

constexpr const char* kBody = R"({"spec":{"paused":false,"replicas":3}})";
constexpr const char* kAllOurs = R"({"f:spec":{"f:paused":{},"f:replicas":{}}})";

TEST(Ignore, WhatOnlyWeOwnIsSentAsWritten) {
  // To leave it out would delete it.
  EXPECT_EQ(sent(kBody, live_of(kBody, kAllOurs), at({"/spec/replicas"})), kBody);
}

TEST(Ignore, WhatAnotherManagerOwnsIsTheirs) {
  const Value scaled =
      live_of(R"({"spec":{"paused":false,"replicas":9}})", R"({"f:spec":{"f:paused":{}}})",
              R"({"f:spec":{"f:replicas":{}}})", "hpa", "scale");
  EXPECT_EQ(sent(kBody, scaled, at({"/spec/replicas"})), R"({"spec":{"paused":false}})");
  EXPECT_EQ(sent(kBody, scaled, at({"/spec/paused"})), kBody) << "another field is ignored";
  EXPECT_EQ(sent(kBody, scaled, {}), kBody);
}

TEST(Ignore, WhatIsSharedIsLeftToTheOther) {
  const Value shared = live_of(kBody, kAllOurs, R"({"f:spec":{"f:replicas":{}}})");
  EXPECT_EQ(sent(kBody, shared, at({"/spec/replicas"})), R"({"spec":{"paused":false}})");
}

TEST(Ignore, WhatSomebodyRemovedStaysAway) {
  const Value removed = live_of(R"({"spec":{"paused":false}})", R"({"f:spec":{"f:paused":{}}})");
  EXPECT_EQ(sent(kBody, removed, at({"/spec/replicas"})), R"({"spec":{"paused":false}})");
}

TEST(Ignore, ByManager) {
  const Value scaled = live_of(R"({"spec":{"paused":true,"replicas":9}})", "",
                               R"({"f:spec":{"f:replicas":{}}})", "hpa");
  IgnoredFields hpa;
  hpa.managers = {"hpa"};
  EXPECT_EQ(sent(kBody, scaled, hpa), R"({"spec":{"paused":false}})");
  hpa.managers = {"vpa"};
  EXPECT_EQ(sent(kBody, scaled, hpa), kBody);
}

TEST(Ignore, ItemsOfListsByTheirKeys) {
  const char* body =
      R"({"spec":{"containers":[{"image":"web:1","name":"web","ports":[{"containerPort":80}]},)"
      R"({"image":"side:1","name":"side"}]}})";
  const Value live = live_of(
      R"({"spec":{"containers":[{"image":"web:2","name":"web","ports":[{"containerPort":80,)"
      R"("protocol":"TCP"}]},{"image":"side:1","name":"side"}]}})",
      R"({"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:name":{},"f:ports":{)"
      R"("k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}},)"
      R"("k:{\"name\":\"side\"}":{".":{},"f:name":{},"f:image":{}}}}})",
      R"({"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{"f:image":{}}}}})", "updater");
  EXPECT_EQ(sent(body, live, at({"/spec/containers/0/image"})),
            R"({"spec":{"containers":[{"name":"web","ports":[{"containerPort":80}]},)"
            R"({"image":"side:1","name":"side"}]}})");
  EXPECT_EQ(sent(body, live, at({"/spec/containers/1/image"})), body);
  IgnoredFields updater;
  updater.managers = {"updater"};
  EXPECT_EQ(sent(body, live, updater),
            R"({"spec":{"containers":[{"name":"web","ports":[{"containerPort":80}]},)"
            R"({"image":"side:1","name":"side"}]}})");
}

TEST(Ignore, AtomicPartsAreWholeOrNotAtAll) {
  const char* body = R"({"spec":{"selector":{"app":"web","tier":"front"}}})";
  const Value taken = live_of(R"({"spec":{"selector":{"app":"web","tier":"back"}}})", "",
                              R"({"f:spec":{"f:selector":{}}})");
  EXPECT_EQ(sent(body, taken, at({"/spec/selector/tier"})), R"({})");
  const Value ours = live_of(body, R"({"f:spec":{"f:selector":{}}})");
  EXPECT_EQ(sent(body, ours, at({"/spec/selector/tier"})), body);
}

TEST(Ignore, WhatMakesTheObjectIsAlwaysSent) {
  const char* body =
      R"({"apiVersion":"v1","data":{"a":"1"},"kind":"ConfigMap","metadata":{"labels":{)"
      R"("plumb.dev/app":"web","team":"red"},"name":"x","namespace":"prod"}})";
  const Value live = live_of(body, "",
                             R"({"f:data":{"f:a":{}},"f:metadata":{"f:labels":{"f:team":{},)"
                             R"("f:plumb.dev/app":{}}}})",
                             "copier");
  IgnoredFields copier;
  copier.managers = {"copier"};
  EXPECT_EQ(sent(body, live, copier),
            R"({"apiVersion":"v1","kind":"ConfigMap","metadata":{"labels":{"plumb.dev/app":"web"},)"
            R"("name":"x","namespace":"prod"}})");
}

TEST(Ignore, PointersThatNameNothingToIgnore) {
  for (const char* text : {"", "spec", "/apiVersion", "/metadata", "/metadata/name", "/a~2", "/a~"})
    EXPECT_FALSE(parse_ignored_pointer(text).has_value()) << text;
  EXPECT_EQ(*parse_ignored_pointer("/metadata/annotations/a.org~1b~0c"),
            (JsonPointer{"metadata", "annotations", "a.org/b~c"}));
}

struct Rules {
  World world;

  explicit Rules(const IgnoreRule& rule) { world.options.ignore = {rule}; }
  [[nodiscard]] Manifest prepared(const Manifest& manifest) {
    world.manifests.objects = {manifest};
    return prepare(world.manifests, *world.observed.catalog, world.options)->objects[0];
  }
};

TEST(Ignore, ARuleHoldsForWhatItsPatternsFit) {
  IgnoreRule rule{{"apps|batch", "", "Deploy.*", "web-[0-9]+", ""}, at({"/spec/content"})};
  Rules rules(rule);
  const auto holds = [&](const char* version, const char* kind, const char* name) {
    return !rules.prepared(manifest(version, kind, "prod", name)).ignored.empty();
  };
  Manifest deployment = manifest("apps/v1", "Deployment", "prod", "web-1");
  deployment.body.set_path({"spec", "content"}, "x");
  EXPECT_FALSE(rules.prepared(deployment).ignored.empty());
  deployment.key.name = "web-1-canary";
  EXPECT_TRUE(rules.prepared(deployment).ignored.empty()) << "the whole name has to fit";
  EXPECT_FALSE(holds("v1", "ConfigMap", "web-1"));
  EXPECT_FALSE(holds("apps/v1", "Deployment", "web-1")) << "it does not set the field";
}

TEST(Ignore, ANewRuleIsAnotherBody) {
  Rules with(IgnoreRule{{}, at({"/spec/replicas"})});
  Rules without(IgnoreRule{{}, at({"/spec/other"})});
  Manifest deployment = manifest("apps/v1", "Deployment", "prod", "web");
  deployment.body.set_path({"spec", "replicas"}, 3);
  EXPECT_NE(with.prepared(deployment).desired, without.prepared(deployment).desired);
}

// What an HPA takes of an object is no drift where a rule says so, whatever the heal mode.
TEST(Ignore, DriftOfIgnoredFieldsIsYielded) {
  for (const HealMode mode : {HealMode::correct, HealMode::warn, HealMode::off}) {
    World world;
    world.policy.heal = mode;
    Manifest web = manifest("apps/v1", "Deployment", "prod", "web");
    web.ignored = at({"/spec/replicas"});
    world.want(web);
    world.have(web).managed = print_of("without replicas");
    world.observed.blame[web.key] = {{"hpa"}, {"spec.replicas"}};
    const Plan plan = world.plan();
    ASSERT_EQ(steps_of(plan).size(), 1U);
    EXPECT_EQ(steps_of(plan)[0]->reason, StepReason::yielded);
    world.observed.blame[web.key] = {{"hpa", "kubectl-edit"}, {"spec.paused", "spec.replicas"}};
    const Plan mixed = world.plan();
    EXPECT_EQ(steps_of(mixed)[0]->reason,
              mode == HealMode::correct ? StepReason::drifted : StepReason::heal_disabled);
    world.observed.blame.clear();
    const Plan unknown = world.plan();
    EXPECT_NE(steps_of(unknown)[0]->reason, StepReason::yielded);
  }
}

}  // namespace
}  // namespace plumb
