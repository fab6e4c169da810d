// Every combination of what the planner looks at for one object, against rules that are written
// down here a second time and independently. A neighbour that is in sync keeps the render from
// being empty.
#include <gtest/gtest.h>

#include <array>

#include "world.h"

namespace plumb {
namespace {

using namespace testing_plan;

enum class Wanted { absent, same, changed };
enum class Live { absent, in_sync, drifted, recreated, deleting, unrecorded };
enum class Entered { no, with_record, without_record };
enum class Owner { us, other, none };

struct Combination {
  Wanted wanted;
  Live live;
  Entered entered;
  Owner owner;
  bool prune;
  HealMode heal;
  bool synced;

  [[nodiscard]] std::string text() const {
    return "wanted " + std::to_string(static_cast<int>(wanted)) + " live " +
           std::to_string(static_cast<int>(live)) + " entered " +
           std::to_string(static_cast<int>(entered)) + " owner " +
           std::to_string(static_cast<int>(owner)) + " prune " + std::to_string(prune) + " heal " +
           std::to_string(static_cast<int>(heal)) + " synced " + std::to_string(synced);
  }
};

std::vector<Combination> all_combinations() {
  std::vector<Combination> out;
  for (const Wanted wanted : {Wanted::absent, Wanted::same, Wanted::changed})
    for (const Live live : {Live::absent, Live::in_sync, Live::drifted, Live::recreated,
                            Live::deleting, Live::unrecorded})
      for (const Entered entered : {Entered::no, Entered::with_record, Entered::without_record})
        for (const Owner owner : {Owner::us, Owner::other, Owner::none})
          for (const bool prune : {true, false})
            for (const HealMode heal : {HealMode::correct, HealMode::warn, HealMode::off})
              for (const bool synced : {true, false})
                out.push_back({wanted, live, entered, owner, prune, heal, synced});
  return out;
}

Manifest subject(const char* content) {
  return manifest("v1", "Secret", "prod", "subject", content);
}

AppKey owner_key(Owner owner) {
  switch (owner) {
    case Owner::us:
      return kUs;
    case Owner::other:
      return kThem;
    case Owner::none:
      return {};
  }
  return {};
}

void set_live(World& world, const Combination& c) {
  const ObjectKey key = subject("v1").key;
  const ApplyRecord record = *world.inventory.find(key)->applied;
  LiveObject& live = world.observed.objects[key];
  live.owner = owner_key(c.owner);
  switch (c.live) {
    case Live::absent:
      world.observed.objects.erase(key);
      break;
    case Live::in_sync:
      break;
    case Live::drifted:
      live.projected = print_of("somebody else's");
      break;
    case Live::recreated:
      live.uid = "uid-recreated";
      break;
    case Live::deleting:
      live.deleting = true;
      break;
    case Live::unrecorded:
      live.applied.reset();
      break;
  }
  switch (c.entered) {
    case Entered::with_record:
      break;
    case Entered::without_record:
      world.enter(subject("v1"), std::nullopt);
      break;
    case Entered::no: {
      std::vector<InventoryEntry> entries = world.inventory.entries();
      std::erase_if(entries, [&](const InventoryEntry& entry) { return entry.key == key; });
      world.inventory = Inventory(std::move(entries));
      break;
    }
  }
}

World world_of(const Combination& c) {
  World world;
  const Manifest neighbour = manifest("v1", "ConfigMap", "prod", "neighbour");
  world.want(neighbour);
  world.have(neighbour);
  world.have(subject("v1"));
  set_live(world, c);
  if (c.wanted == Wanted::same) world.want(subject("v1"));
  if (c.wanted == Wanted::changed) world.want(subject("v2"));
  world.policy.prune = c.prune;
  world.policy.heal = c.heal;
  if (!c.synced) world.observed.synced.erase(subject("v1").key.group_kind());
  return world;
}

const Step* step_for_subject(const Plan& plan) {
  for (const Step* step : steps_of(plan)) {
    if (step->key == subject("v1").key) return step;
  }
  return nullptr;
}

template <class Kind>
bool is(const Step* step) {
  return step != nullptr && std::holds_alternative<Kind>(step->action);
}

bool is_live(const Combination& c) {
  return c.live != Live::absent;
}
bool is_foreign(const Combination& c) {
  return is_live(c) && c.owner == Owner::other;
}

void expect_deletion_rules(const Combination& c, const Step* step) {
  if (!is<DeleteAction>(step)) return;
  EXPECT_EQ(c.wanted, Wanted::absent) << "what is wanted is never deleted";
  EXPECT_NE(c.entered, Entered::no) << "what is not in the inventory is never deleted";
  EXPECT_TRUE(c.synced) << "nothing is deleted of a kind that was not seen";
  EXPECT_TRUE(c.prune);
  EXPECT_TRUE(is_live(c));
  EXPECT_FALSE(is_foreign(c)) << "what another app has is never deleted";
  const bool another = c.live == Live::recreated || c.entered == Entered::without_record;
  EXPECT_FALSE(another && c.owner == Owner::none) << "another object of that name is not ours";
}

void expect_apply_rules(const Combination& c, const Step* step) {
  if (is<ApplyAction>(step)) {
    EXPECT_NE(c.wanted, Wanted::absent);
    EXPECT_FALSE(is_foreign(c)) << "what another app has is never applied";
    EXPECT_NE(c.live, Live::deleting);
    const bool unchanged = c.wanted == Wanted::same && c.entered == Entered::with_record;
    const bool foreign_change = c.live == Live::drifted || c.live == Live::recreated;
    const bool left_alone = c.heal != HealMode::correct && unchanged && foreign_change;
    EXPECT_FALSE(left_alone) << "a change in the cluster is undone only where the app heals";
  }
  const bool must_apply = c.wanted == Wanted::changed && c.live != Live::deleting && !is_foreign(c);
  if (must_apply) {
    EXPECT_TRUE(is<ApplyAction>(step))
        << "a change of the source is applied whatever the heal mode";
  }
  const bool must_heal = c.wanted == Wanted::same && c.heal == HealMode::correct &&
                         !is_foreign(c) && c.live != Live::in_sync && c.live != Live::deleting;
  if (must_heal) {
    EXPECT_TRUE(is<ApplyAction>(step));
  }
  const bool at_rest = c.wanted == Wanted::same && c.live == Live::in_sync && !is_foreign(c) &&
                       c.entered != Entered::no;
  if (at_rest) {
    EXPECT_EQ(step, nullptr) << "what is in sync is only counted";
  }
  if (c.wanted != Wanted::absent && is_foreign(c)) {
    EXPECT_TRUE(is<RefuseAction>(step));
  }
}

void expect_removal_rules(const Combination& c, const Step* step) {
  if (c.wanted != Wanted::absent) return;
  if (c.entered == Entered::no) {
    EXPECT_EQ(step, nullptr)
        << "what is neither wanted nor in the inventory is none of our business";
    return;
  }
  ASSERT_NE(step, nullptr);
  if (!c.synced) {
    EXPECT_TRUE(is<KeepAction>(step));
    EXPECT_EQ(step->reason, StepReason::not_observed);
  } else if (!is_live(c)) {
    EXPECT_TRUE(is<ReleaseAction>(step)) << "what is gone leaves the inventory";
  } else if (c.prune && c.owner == Owner::us) {
    EXPECT_TRUE(is<DeleteAction>(step));
  } else if (!c.prune && c.owner == Owner::us) {
    EXPECT_TRUE(is<KeepAction>(step));
  }
}

TEST(PlanInvariants, HoldInEveryCombination) {
  const std::vector<Combination> all = all_combinations();
  ASSERT_EQ(all.size(), 3u * 6 * 3 * 3 * 2 * 3 * 2);
  for (const Combination& c : all) {
    SCOPED_TRACE(c.text());
    const World world = world_of(c);
    const Plan plan = world.plan();
    const Step* step = step_for_subject(plan);
    SCOPED_TRACE(step == nullptr ? "no step" : explain(*step));
    expect_deletion_rules(c, step);
    expect_apply_rules(c, step);
    expect_removal_rules(c, step);
    for (const Step* other : steps_of(plan)) EXPECT_EQ(other, step) << "the neighbour is in sync";
    if (testing::Test::HasFailure()) break;
  }
}

TEST(PlanInvariants, WhatIsWrittenAheadHoldsAllThatWasAndAllThatMayBe) {
  for (const Combination& c : all_combinations()) {
    SCOPED_TRACE(c.text());
    const World world = world_of(c);
    const Plan plan = world.plan();
    const Inventory ahead = write_ahead(world.inventory, plan);
    for (const InventoryEntry& entry : world.inventory.entries()) {
      ASSERT_NE(ahead.find(entry.key), nullptr);
      EXPECT_EQ(*ahead.find(entry.key), entry);
    }
    for (const Step* step : steps_of(plan)) {
      if (std::holds_alternative<ApplyAction>(step->action)) {
        EXPECT_NE(ahead.find(step->key), nullptr);
      }
    }
  }
}

TEST(PlanInvariants, APlanCarriedOutLeavesNothingToDo) {
  for (const Combination& c : all_combinations()) {
    SCOPED_TRACE(c.text());
    World world = world_of(c);
    const Plan first = world.plan();
    world.carry_out(first);
    // What the apply answered is known; the kinds stay as they were seen.
    const bool unseen = !c.synced;
    const Plan second = world.plan();
    if (!unseen) {
      EXPECT_EQ(actions_of(second), 0u) << text_of(first) << "then\n" << text_of(second);
    }
    for (const Step* step : steps_of(second)) {
      EXPECT_FALSE(std::holds_alternative<DeleteAction>(step->action) && unseen);
    }
    // Wanted objects that are in the cluster as ours are in the inventory.
    const Step* step = step_for_subject(first);
    if (is<ApplyAction>(step)) {
      ASSERT_NE(world.inventory.find(step->key), nullptr);
    }
    if (testing::Test::HasFailure()) break;
  }
}

TEST(PlanInvariants, AHealNeverRemovesAnything) {
  for (const Combination& c : all_combinations()) {
    SCOPED_TRACE(c.text());
    World world = world_of(c);
    world.scope = {false, {subject("v1").key}};
    const Plan plan = world.plan();
    for (const Step* step : steps_of(plan)) {
      EXPECT_FALSE(std::holds_alternative<DeleteAction>(step->action));
      EXPECT_FALSE(std::holds_alternative<ReleaseAction>(step->action));
      EXPECT_EQ(step->key, subject("v1").key);
    }
  }
}

TEST(PlanInvariants, TheClaimOfAnotherAppStopsEverything) {
  for (const Combination& c : all_combinations()) {
    SCOPED_TRACE(c.text());
    World world = world_of(c);
    const std::map<ObjectKey, AppKey> claims{{subject("v1").key, kThem}};
    world.policy.claims = &claims;
    const Plan plan = world.plan();
    const Step* step = step_for_subject(plan);
    EXPECT_FALSE(is<ApplyAction>(step));
    EXPECT_FALSE(is<DeleteAction>(step));
    if (c.wanted != Wanted::absent) {
      ASSERT_TRUE(is<RefuseAction>(step));
      EXPECT_EQ(step->reason, StepReason::foreign_owner);
      EXPECT_NE(explain(*step).find(kThem.display()), std::string::npos);
    }
  }
}

TEST(PlanInvariants, TheInventoryShrinksOnlyByWhatIsGoneOrReleased) {
  const ObjectKey key = subject("v1").key;
  const Inventory recorded({{key, "v1", std::nullopt}});
  const auto after = [&](Outcome outcome) {
    Applied applied;
    applied.steps.push_back({key, StepReason::left_source, std::move(outcome), {}, {}});
    return advance(recorded, applied);
  };
  EXPECT_TRUE(after(DeletedOutcome{}).empty());
  EXPECT_TRUE(after(ReleasedOutcome{}).empty());
  EXPECT_EQ(after(DeletingOutcome{{"a/b"}}), recorded);
  EXPECT_EQ(after(FailedOutcome{Error(kInternal, "x")}), recorded);
  EXPECT_EQ(after(SkippedOutcome{"later"}), recorded);
  EXPECT_EQ(advance(recorded, {}), recorded);
  const ApplyRecord record{"u", print_of("d"), print_of("s"), print_of("p")};
  const Inventory applied = after(AppliedOutcome{record, "v2", true, false});
  ASSERT_EQ(applied.size(), 1u);
  EXPECT_EQ(applied.entries()[0], (InventoryEntry{key, "v2", record}));
}

}  // namespace
}  // namespace plumb
