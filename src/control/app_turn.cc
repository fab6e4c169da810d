#include "control/app_turn.h"

#include <algorithm>

#include "base/pause.h"
#include "control/app_shard.h"
#include "control/fights.h"
#include "control/ledger.h"
#include "control/publish.h"
#include "control/rollback.h"
#include "control/stages.h"
#include "core/audit/entries.h"
#include "core/status/app_status.h"
#include "core/status/attempt.h"
#include "core/status/conditions.h"
#include "core/status/notices.h"
#include "core/status/status_json.h"

namespace plumb {
namespace {

// Finalizers are written under a manager of their own, so that an App that stands in Git itself is
// not ours by half.
constexpr const char* kFinalizerManager = "plumb-finalizer";

// What is on its way is told when it lasts longer than this. Most changes are over sooner, and are
// told by one write of their end. So long an end waits, too, while other apps wait for their
// objects: of a commit that changes them all, the objects come first and the reports of it then.
constexpr Duration kProgressPause = std::chrono::seconds(2);
constexpr size_t kMostUntold = 20;

Result<void> write_finalizer(World& world, const AppEntry& app, bool present) {
  const AppKey& key = app.spec.key;
  // The uid makes the request fail, instead of creating anything, when the App is gone.
  Value metadata =
      Value::map({{"name", key.name}, {"namespace", key.namespace_}, {"uid", app.uid}});
  if (present) metadata.set("finalizers", Value::list({kFinalizer}));
  ApplyOptions options;
  options.field_manager = kFinalizerManager;
  options.deadline = Deadline::in(std::chrono::seconds(30));
  TRY(world.client.apply(kAppResource, object_key(key),
                         Value::map({{"apiVersion", kAppResource.gvk.api_version()},
                                     {"kind", "App"},
                                     {"metadata", metadata}}),
                         options));
  return {};
}

// What was refused for its uid: the App is gone, or another one has its name now.
bool is_gone(World& world, const AppEntry& app) {
  const Result<Value> now = world.client.get(kAppResource, object_key(app.spec.key),
                                             Deadline::in(std::chrono::seconds(30)));
  return now ? now->string_at({"metadata", "uid"}) != app.uid
             : now.error().code() == kObjectNotFound;
}

// Of an App that has nothing left. The watches tell of its objects, and of itself, in any order: a
// turn that comes before the end was told has nothing to do.
Result<void> release(World& world, const AppEntry& app) {
  Result<void> removed = write_finalizer(world, app, false);
  const bool refused = !removed && (removed.error().code() == kObjectConflict ||
                                    removed.error().code() == kObjectNotFound);
  if (!removed && !(refused && is_gone(world, app))) return removed;
  world.registry.update_app(app.spec.key, [](AppEntry& entry) {
    entry.spec.has_finalizer = false;
    entry.inventory = {};
  });
  return {};
}

bool is_released(const AppEntry& app) {
  return app.spec.deleting && !app.spec.has_finalizer && app.inventory.empty();
}

bool has_failures(const TurnRecord& record) {
  // To wait for another app is no failure: that app wakes this one.
  if (record.stopped) return record.stopped->stage != Stage::dependencies;
  if (!record.applied) return false;
  return std::any_of(
      record.applied->steps.begin(), record.applied->steps.end(),
      [](const StepOutcome& step) { return std::holds_alternative<FailedOutcome>(step.outcome); });
}

// In a row.
int failures_after(int before, const TurnResult& turn) {
  if (turn.waits_for_bases) return before;  // nothing went well yet
  return has_failures(turn.record) ? before + 1 : 0;
}

bool only_transient(const TurnRecord& record) {
  if (record.stopped) return record.stopped->error.retry() != Retry::permanent;
  for (const StepOutcome& step : record.applied->steps) {
    const auto* failed = std::get_if<FailedOutcome>(&step.outcome);
    if (failed != nullptr && failed->error.retry() == Retry::permanent) return false;
  }
  return true;
}

// The operator ends. Where the turn came to is no news: the next start sees it.
bool is_cut_short(const TurnRecord& record) {
  if (record.stopped) return record.stopped->error.code() == kCancelled;
  if (!record.applied) return false;
  return std::any_of(record.applied->steps.begin(), record.applied->steps.end(),
                     [](const StepOutcome& step) {
                       const auto* failed = std::get_if<FailedOutcome>(&step.outcome);
                       return failed != nullptr && failed->error.code() == kCancelled;
                     });
}

bool is_deleting(const TurnRecord& record) {
  if (!record.applied) return false;
  return std::any_of(record.applied->steps.begin(), record.applied->steps.end(),
                     [](const StepOutcome& step) {
                       return std::holds_alternative<DeletingOutcome>(step.outcome);
                     });
}

// When the app's next turn is due without any trigger.
Duration next_turn_in(const TurnResult& turn, int failures) {
  const AppSpec& spec = turn.record.spec;
  if (turn.waits_for_bases) return spec.interval;  // their fetch wakes it
  // The watch tells when what is being deleted is gone; to ask again is only for a lost event.
  if (is_deleting(turn.record)) return std::chrono::seconds(10);
  // A confirmation wakes it.
  if (spec.deleting && !turn.record.refused.empty()) return spec.interval;
  // Who waits is woken when there is room; this is for one that was woken and did not come.
  if (turn.waits_for_turns) return std::chrono::seconds(2);
  if (turn.waits_for_target) return spec.interval;
  const bool is_away = turn.record.stopped && turn.record.stopped->stage == Stage::target;
  if (spec.deleting && !turn.deleted && !is_away) return std::chrono::seconds(2);
  if (failures > 0) {
    if (!only_transient(turn.record)) return spec.retry_interval;
    return growing_pause(std::chrono::seconds(1), failures, spec.retry_interval);
  }
  const std::optional<HealthReport>& health = turn.record.health;
  const bool healthy = !health || health->overall == HealthStatus::current;
  if (!turn.record.waiting_for.empty() || !healthy) {
    return std::min(spec.timeout, spec.interval);
  }
  return spec.interval;
}

void log_turn(const Log& log, const TurnRecord& record, Duration took) {
  if (record.stopped) {
    log.warn("turn stopped", {{"stage", to_string(record.stopped->stage)},
                              {"error", record.stopped->error.summary()}});
    return;
  }
  if (!record.applied || record.applied->steps.empty()) return;  // nothing changed: nothing to say
  size_t applied = 0, pruned = 0, failed = 0, deleting = 0;
  for (const StepOutcome& step : record.applied->steps) {
    if (std::holds_alternative<AppliedOutcome>(step.outcome)) ++applied;
    if (std::holds_alternative<DeletedOutcome>(step.outcome)) ++pruned;
    if (std::holds_alternative<DeletingOutcome>(step.outcome)) ++deleting;
    if (const auto* failure = std::get_if<FailedOutcome>(&step.outcome)) {
      ++failed;
      log.warn("object failed", {{"object", step.key.display()},
                                 {"error", failure->error.summary()},
                                 {"position", to_string(step.position)}});
    }
  }
  log.info(record.whole_app ? "turn" : "healed",
           {{"revision", record.revision ? record.revision->display() : ""},
            {"applied", applied},
            {"pruned", pruned},
            {"failed", failed},
            {"deleting", deleting},
            {"waits", record.waiting_for},
            {"ms", static_cast<double>(took.count()) / 1e6}});
}

// Before the status is published: a crash between them repeats a record and loses none.
void note_in_ledger(World& world, const AppEntry& app, const TurnResult& turn) {
  Ledger* ledger = world.ledger;
  if (ledger == nullptr) return;
  Manifests before;
  Manifests now;
  audit::TurnManifests manifests;
  // Unpacked only where the names of fields are asked for.
  if (audit::wants_fields(turn.record) && app.accepted && turn.accepted) {
    before = app.accepted->rendered->unpack();
    now = turn.accepted->rendered->unpack();
    manifests = {&before, &now};
  }
  if (auto entry = audit::entry_of_turn(turn.record, app.status.brief(), manifests)) {
    for (audit::ObjectRecord& object : entry->objects) {
      for (std::string& field : object.fields) field = turn.secrets(field);
    }
    ledger->add(*std::move(entry));
  }
}

void wake(World& world, const std::set<AppKey>& apps) {
  for (const AppKey& app : apps) world.app_queue.add(app, Lane::commit);
}

bool is_silent(const TurnResult& turn) {
  return !turn.awaiting.empty() || turn.waits_for_target || turn.waits_for_fetch ||
         turn.waits_for_dependency || turn.waits_for_variables || turn.waits_for_bases ||
         turn.lost_a_claim;
}

// Brings the server up to date with the app's status, and tells the Events of what it then knows.
// Unchanged essence: it could not be written.
Publication publish(World& world, const AppEntry& app, const AppStatus& status, Publication known,
                    const Log& log) {
  const ObjectKey about = object_key(app.spec.key);
  const Fingerprint essence = essence_of(status);
  const Monotonic now = world.clock.now();
  const bool is_pressed = world.app_queue.is_pressed();
  if (essence == known.essence) {
    known.held_since.reset();
  } else if ((is_on_its_way(status) || is_pressed) &&
             now - known.held_since.value_or(now) < kProgressPause) {
    known.held_since = known.held_since.value_or(now);
    if (is_pressed) return known;
  } else {
    const Value value = to_value(status);
    const Result<uint64_t> written =
        publish_status(world, kAppResource, about, known.status, value);
    if (!written) {
      log.warn("status not written", {{"error", written.error().summary()}});
      known.held_since.reset();
      return known;
    }
    known = {PublishedStatus(value), essence, std::nullopt, std::move(known.untold),
             std::max(known.version, *written)};
  }
  // An Event tells what the status says: what could not be written is told when it is.
  record_events(world, about, app.uid, known.untold);
  known.untold.clear();
  return known;
}

// Folds the turn into the status, publishes it, and notes for the next turn. When that is due for
// the sake of the status, or of a rollback that could not be ordered; Duration::max(): it is not.
Duration conclude(World& world, const AppEntry& app, const TurnResult& turn, int failures,
                  const Log& log) {
  const AppKey& key = app.spec.key;
  note_in_ledger(world, app, turn);
  const AppStatus before = app.status.whole();
  AppStatus status = before;
  Duration due_in = Duration::max();
  Publication published = app.published;
  // Told even if the turn has nothing else to say: the next one does not know of them any more.
  if (std::optional<Notice> left = left_notice(turn.record)) {
    published.untold.push_back(*std::move(left));
  }
  if (!is_silent(turn)) {
    status = summarise(turn.record, before);
    const Result<std::optional<Notice>> ordered = order_rollback(world, app, status, log);
    if (!ordered) due_in = app.spec.retry_interval;
    for (Notice& one : notices(before, status, turn.record)) {
      if (published.untold.size() < kMostUntold) published.untold.push_back(std::move(one));
    }
    if (ordered && *ordered) published.untold.push_back(**ordered);
    published = publish(world, app, status, std::move(published), log);
  }
  const bool behind = published.held_since || !published.untold.empty() ||
                      (!is_silent(turn) && published.essence != essence_of(status));
  if (behind) due_in = std::min(due_in, kProgressPause);
  // A turn tells when spec.timeout has passed.
  due_in = std::min(due_in, deadline_in(app.spec, status, world.clock.wall()).value_or(due_in));
  wake(world, world.registry.keep_claims(key, turn.record.inventory));
  world.registry.update_app(key, [&](AppEntry& entry) {
    entry.status = KeptStatus(std::move(status));
    entry.published = std::move(published);
    // True whether it could be written or not.
    entry.inventory = PackedInventory(turn.record.inventory);
    if (turn.accepted) entry.accepted = turn.accepted;
    if (turn.cluster) entry.restored_in = turn.cluster->connection;
    entry.failures = failures;
  });
  return due_in;
}

// Tells the apps that depend on this one whether it is Ready at this commit.
void note_outcome(World& world, const AppKey& key, const TurnResult& turn) {
  const TurnRecord& record = turn.record;
  if (!record.whole_app || !record.revision || is_silent(turn)) return;
  const std::shared_ptr<const AppEntry> app = world.registry.app(key);
  const Condition* ready = app ? find_condition(app->status.brief().conditions, "Ready") : nullptr;
  const bool is_ready = ready != nullptr && ready->status == "True" && !record.stopped;
  if (world.registry.note_outcome(key, {record.revision->commit, is_ready})) {
    wake(world, world.registry.dependents_of(key));
  }
}

// Heals that were carried out count against the manager they were against; of those that are held
// back, the first of each fight is told.
void note_fights(const World& world, TurnResult& turn) {
  if (!turn.cluster) return;
  Fights& fights = turn.cluster->fights;
  TurnRecord& record = turn.record;
  for (const Step& step : record.unhealed) {
    if (step.reason == StepReason::fought && fights.announce(step.key, step.rival)) {
      record.begun_fights.push_back(step);
    }
  }
  if (!record.applied) return;
  for (const StepOutcome& step : record.applied->steps) {
    const bool heal = step.reason == StepReason::drifted || step.reason == StepReason::deleted_live;
    const auto* applied = std::get_if<AppliedOutcome>(&step.outcome);
    if (heal && applied != nullptr && applied->changed) {
      fights.healed(step.key, step.rival, world.clock.now());
    }
  }
}

// When the first heal that is held back is due.
std::optional<Duration> next_heal_in(const World& world, const TurnResult& turn) {
  if (!turn.cluster) return std::nullopt;
  const TurnRecord& record = turn.record;
  std::optional<Duration> out;
  const HealHolds holds = turn.cluster->fights.holds(world.clock.now());
  for (const Step& step : record.unhealed) {
    if (step.reason != StepReason::fought) continue;
    const auto hold = holds.find({step.key, step.rival});
    const Duration wait = hold == holds.end() ? Duration::zero() : hold->second;
    out = std::min(out.value_or(wait), wait);
  }
  return out;
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

void count_turn(World& world, const TurnRecord& record, Duration took, const Log& log) {
  world.counters.turns++;
  if (!record.whole_app) world.counters.heals++;
  world.times.took.observe({{"kind", record.whole_app ? "app" : "heal"}}, seconds(took));
  if (has_failures(record)) world.counters.failed++;
  log_turn(log, record, took);
}

// A commit that cannot be rendered, or a source that is gone, must not stop the correction of
// drift: what is in force is what was accepted last. Drift that came in with the trigger of a whole
// turn would be lost otherwise.
struct Healed {
  std::shared_ptr<const Cluster> cluster;  // null: it was not reached
  std::set<GroupKind> awaiting;            // kinds whose first list it waits for
};
Healed heal_what_was_accepted(World& world, AppEntry app, const Log& log) {
  if (!app.accepted) {
    const Result<Place> place = reach_cluster(world, app, app.inventory.unpack());
    if (!place || !place->cluster) return {};
    const Result<Desired> before = accepted_before(world, *place->cluster, app);
    if (!before) return {};
    app.accepted = before->basis;
    world.registry.update_app(app.spec.key,
                              [&](AppEntry& entry) { entry.accepted = app.accepted; });
  }
  WorkItem item{app.spec.key, Lane::heal, false, {}, world.clock.now()};
  // What the app does not have cannot have drifted.
  const Inventory inventory = app.inventory.unpack();
  for (const InventoryEntry& entry : inventory.entries()) item.objects.insert(entry.key);
  const Monotonic began = world.clock.now();
  TurnResult heal = reconcile(world, app, item);
  if (!heal.record.applied || heal.record.applied->steps.empty()) {
    return {heal.cluster, heal.awaiting};
  }
  heal.record.finished = world.clock.wall();
  note_fights(world, heal);
  count_turn(world, heal.record, world.clock.now() - began, log);
  const std::shared_ptr<const AppEntry> current = world.registry.app(app.spec.key);
  if (current) conclude(world, *current, heal, app.failures, log);
  return {heal.cluster, {}};
}

void come_back(World& world, const WorkItem& item) {
  world.counters.held_back++;
  world.app_queue.add_at(
      item.key,
      world.clock.now() + std::chrono::duration_cast<Monotonic::duration>(TurnRoom::kComeBackIn),
      item.lane);
}

// The app gets a turn as soon as the first lists of these kinds are complete.
void await_kinds(World& world, const TurnResult& turn, const AppKey& key,
                 const std::set<GroupKind>& kinds, Lane lane) {
  world.registry.update_app(key, [&](AppEntry& entry) { entry.awaiting = kinds; });
  // A list may have become complete between the look and the note.
  for (const GroupKind& kind : kinds) {
    if (turn.cluster && turn.cluster->live.synced(kind)) world.app_queue.add(key, lane);
  }
}

// Kinds of which objects are refused because the server does not serve them (yet), or does not let
// them be listed: they are waited for, and looked for now and then.
std::set<GroupKind> unseen_kinds(const TurnRecord& record) {
  std::set<GroupKind> out;
  for (const Step& step : record.refused) {
    const ErrorCode code = std::get<RefuseAction>(step.action).error.code();
    if (code == kNotWatched || code == kUnknownKind || code == kNotDiscovered) {
      out.insert(step.key.group_kind());
    }
  }
  return out;
}

// A turn that ended before its plan.
bool leaves_drift(const AppEntry& app, const TurnResult& turn) {
  const TurnRecord& record = turn.record;
  return (record.stopped || turn.waits_for_bases) && record.whole_app && !app.spec.deleting &&
         !app.spec.suspend;
}

// Before anything is applied there must be somebody who cleans up.
bool has_finalizer(World& world, const AppEntry& app, const Log& log) {
  if (app.spec.deleting || app.spec.has_finalizer) return true;
  const Result<void> written = write_finalizer(world, app, true);
  if (written) return true;
  log.warn("finalizer not written", {{"error", written.error().summary()}});
  world.app_queue.add_at(app.spec.key, world.clock.now() + std::chrono::seconds(2));
  return false;
}

}  // namespace

void app_turn(World& world, const WorkItem& item) {
  const AppKey key{item.key};
  if (report_refusal(world, kAppResource, object_key(key))) return;
  const std::shared_ptr<const AppEntry> app = settled_app(world, key);
  if (!app || is_released(*app)) return;
  const Log log = world.log.with({{"app", key.display()}});
  const Monotonic began = world.clock.now();
  world.times.waited.observe({{"lane", to_string(item.lane)}}, seconds(began - item.since));
  if (!has_finalizer(world, *app, log)) return;

  TurnResult turn = reconcile(world, *app, item);
  if (is_cut_short(turn.record)) return;
  if (turn.waits_for_room) return come_back(world, item);
  turn.record.finished = world.clock.wall();
  note_fights(world, turn);
  count_turn(world, turn.record, world.clock.now() - began, log);
  // An app that cannot be rendered claims nothing, and keeps nobody waiting.
  if (turn.record.stopped && turn.record.whole_app && turn.record.revision) {
    world.registry.claimed_at(key, turn.record.revision->commit);
  }
  wake(world, world.registry.end_wait_for_claims(app->spec.repository));
  const int failures = failures_after(app->failures, turn);
  std::set<GroupKind> awaiting = turn.awaiting;
  if (leaves_drift(*app, turn)) {
    Healed healed = heal_what_was_accepted(world, *app, log);
    awaiting = std::move(healed.awaiting);
    if (!turn.cluster) turn.cluster = std::move(healed.cluster);
  }
  const std::shared_ptr<const AppEntry> current = world.registry.app(key);  // after record_intent
  if (!current) return;
  if (turn.record.stopped || turn.lost_a_claim) {
    turn.record.inventory = current->inventory.unpack();
  }
  if (turn.deleted) {
    note_in_ledger(world, *current, turn);
    const Result<void> removed = release(world, *app);
    if (!removed) {
      log.warn("finalizer not removed", {{"error", removed.error().summary()}});
      world.app_queue.add_at(key, began + std::chrono::seconds(2));
    }
    return;
  }

  const std::set<GroupKind> unseen = unseen_kinds(turn.record);
  awaiting.insert(unseen.begin(), unseen.end());
  const Duration told_in = conclude(world, *current, turn, failures, log);
  note_outcome(world, key, turn);
  await_kinds(world, turn, key, awaiting, item.lane);
  if (turn.lost_a_claim) world.app_queue.add(key, item.lane);
  Duration wait = std::min(next_turn_in(turn, failures), told_in);
  if (!unseen.empty()) wait = std::min(wait, app->spec.retry_interval);
  if (const auto held = next_heal_in(world, turn)) wait = std::min(wait, *held);
  world.app_queue.add_at(key, std::chrono::steady_clock::now() +
                                  std::chrono::duration_cast<Monotonic::duration>(wait));
}

}  // namespace plumb
