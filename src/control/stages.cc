#include "control/stages.h"

#include <algorithm>

#include "control/app_shard.h"
#include "control/base_fetches.h"
#include "control/publish.h"
#include "control/reference_store.h"
#include "control/repository_turn.h"
#include "control/target_clusters.h"
#include "core/health/health.h"
#include "core/plan/left_alone.h"
#include "core/status/app_status.h"
#include "core/status/status_json.h"

namespace plumb {
namespace {

bool reuses_accepted(const AppEntry& app, const WorkItem& item) {
  return !item.whole && app.accepted != nullptr;
}

std::set<GroupVersionKind> kinds_of(const Desired& desired, const Inventory& inventory) {
  std::set<GroupVersionKind> kinds;
  if (desired.manifests) {
    for (const Manifest& manifest : desired.manifests->objects) {
      kinds.insert(make_gvk(manifest.api_version, manifest.key.kind));
    }
  }
  std::set<GroupKind> wanted;
  for (const GroupVersionKind& gvk : kinds) wanted.insert(gvk.group_kind());
  for (const InventoryEntry& entry : inventory.entries()) {
    if (wanted.contains(entry.key.group_kind())) continue;
    kinds.insert({entry.key.group, entry.version, entry.key.kind});
  }
  return kinds;
}

std::vector<ObjectKey> keys_of(const Desired& desired, const Inventory& inventory) {
  std::set<ObjectKey> keys;
  if (desired.manifests) {
    for (const Manifest& manifest : desired.manifests->objects) keys.insert(manifest.key);
  }
  for (const InventoryEntry& entry : inventory.entries()) keys.insert(entry.key);
  return {keys.begin(), keys.end()};
}

PlanPolicy policy_of(const AppSpec& spec) {
  PlanPolicy policy;
  policy.app = spec.key;
  policy.prune = spec.prune;
  policy.heal = spec.heal;
  policy.confirmed_prune = spec.confirmed_prune;
  return policy;
}

// Pure: the same basis always gives the same manifests.
Result<Desired> prepared(std::shared_ptr<const SourceTree> tree,
                         std::shared_ptr<const Accepted> basis) {
  const auto render_again = [tree = std::move(tree),
                             request = basis->request]() -> Result<Manifests> {
    Budget budget;
    return render(*tree, request, budget);
  };
  Manifests manifests =
      TRY(prepare(basis->rendered->unpack(render_again), *basis->catalog, basis->options));
  return Desired{std::make_shared<const Manifests>(std::move(manifests)), std::move(basis)};
}

using Rendered = Result<std::shared_ptr<const PackedManifests>>;

}  // namespace

std::optional<std::string> acts_as(const AppSpec& app) {
  if (app.service_account.empty()) return std::nullopt;
  return "system:serviceaccount:" + app.key.namespace_ + ":" + app.service_account;
}

TurnResult begin_turn(World& world, const AppEntry& app, const WorkItem& item) {
  TurnResult turn;
  turn.record.spec = app.spec;
  turn.record.started = world.clock.wall();
  turn.record.whole_app = !reuses_accepted(app, item);
  turn.record.inventory = app.inventory.unpack();
  turn.accepted = app.accepted;
  return turn;
}

Result<Place> reach_cluster(World& world, const AppEntry& app, Inventory inventory) {
  const AppSpec& spec = app.spec;
  Place place;
  if (!spec.kubeconfig) {
    world.targets.forget(spec.key);
    place.cluster = world.own;
  } else {
    const Result<std::optional<std::string>> kubeconfig = world.references.kubeconfig(spec);
    if (!kubeconfig) {
      world.targets.withdraw(spec);
      return kubeconfig.error();
    }
    if (!*kubeconfig) return place;
    TargetClusters::Reached reached = TRY(world.targets.reach(spec, **kubeconfig));
    place.cluster = std::move(reached.cluster);
    place.full = reached.full;
  }
  if (!place.cluster) return place;
  const Cluster& cluster = *place.cluster;
  place.inventory = TRY(inventory_in(cluster.id, inventory, spec.confirmed_target));
  if (!inventory.cluster().is_same(cluster.id)) place.left = std::move(inventory);
  // From here on the live store knows what was applied.
  if (app.restored_in != cluster.connection) cluster.live.restore(place.inventory);
  return place;
}

bool awaits_first_fetch(World& world, const AppEntry& app) {
  const auto repository = world.registry.repository(app.spec.repository);
  return repository && !repository->good && repository->failures == 0 && !repository->spec.suspend;
}

Result<std::shared_ptr<const GoodRevision>> good_revision(World& world, const AppEntry& app,
                                                          const WorkItem& item) {
  if (reuses_accepted(app, item)) return app.accepted->revision;
  const RepositoryKey& key = app.spec.repository;
  const std::shared_ptr<const RepositoryEntry> repository = world.registry.repository(key);
  if (!repository) {
    return Error(kSourceNotReady, "Repository " + key.display() + " does not exist",
                 Retry::transient)
        .with_help("create it, or correct spec.repository of the App");
  }
  if (repository->good) return repository->good;
  std::string why = "it was not fetched yet";
  for (const Condition& condition : repository->status.conditions) {
    if (condition.type == "Ready" && condition.status == "False") why = condition.message;
  }
  return Error(kSourceNotReady, "Repository " + key.display() + " has no revision: " + why,
               Retry::transient);
}

Result<std::optional<RenderRequest>> render_request(World& world, const AppEntry& app,
                                                    const WorkItem& item) {
  if (reuses_accepted(app, item)) return std::optional(app.accepted->request);
  const AppSpec& spec = app.spec;
  std::optional<Substitution> variables = TRY(world.references.read(spec));
  if (!variables) return std::optional<RenderRequest>();
  return std::optional(RenderRequest{
      .path = spec.path, .overlay = spec.overlay, .substitution = *std::move(variables)});
}

std::shared_ptr<const SourceTree> files_for(World& world, const AppEntry& app,
                                            const GoodRevision& revision) {
  const auto repository = world.registry.repository(app.spec.repository);
  if (!repository) return revision.tree;
  return world.bases.with_bases(revision.tree, repository->spec, app.spec.key);
}

Result<std::optional<Desired>> desired_state(World& world, const Cluster& cluster,
                                             const AppEntry& app, const WorkItem& item,
                                             const std::shared_ptr<const GoodRevision>& source,
                                             const RenderRequest& request) {
  const bool again = reuses_accepted(app, item);
  std::shared_ptr<const Accepted> basis = app.accepted;
  std::shared_ptr<const SourceTree> tree =
      files_for(world, app, again ? *basis->revision : *source);
  std::shared_ptr<TurnRoom::Hold> room;
  if (!again) {
    Budget small(TurnRoom::small_limits());
    Rendered rendered = world.renders.render(*tree, request, small);
    if (!rendered && TurnRoom::is_exceeded(rendered.error())) {
      room = world.room.enter(app.spec.key, TurnRoom::kAll, world.clock.now());
      if (!room) return std::optional<Desired>();
      Budget budget;
      rendered = world.renders.render(*tree, request, budget);
    }
    if (!rendered) return rendered.error();
    basis = std::make_shared<const Accepted>(
        Accepted{source,
                 *std::move(rendered),
                 request,
                 cluster.client.catalog(),
                 {app.spec.key, app.spec.target_namespace, app.spec.ignore},
                 app.spec.generation});
  }
  const uint64_t bytes = basis->rendered->unpacked_bytes();
  if (room) {
    room->shrink_to(bytes);
  } else if (bytes > TurnRoom::kSmall) {
    room = world.room.enter(app.spec.key, bytes, world.clock.now());
    if (!room) return std::optional<Desired>();
  }
  Desired desired = TRY(prepared(std::move(tree), std::move(basis)));
  desired.room = std::move(room);
  return std::optional(std::move(desired));
}

void note_desired(TurnResult& turn, const std::optional<Desired>& desired) {
  turn.waits_for_room = !desired.has_value();
  if (!desired) return;
  turn.record.warnings = desired->manifests->warnings;
  if (turn.record.whole_app) turn.record.manifests = identity_of(*desired->manifests).hex();
  turn.room = desired->room;
}

ClaimsSeen claim_objects(World& world, const Cluster& cluster, const AppEntry& app,
                         const WorkItem& item, const std::shared_ptr<const GoodRevision>& source,
                         const Desired& desired) {
  std::vector<ObjectKey> keys;
  for (const Manifest& manifest : desired.manifests->objects) keys.push_back(manifest.key);
  ClaimsSeen claims{world.registry.claim(app.spec.key, cluster.id, keys),
                    world.registry.wanted_of(app.spec.key)};
  if (!reuses_accepted(app, item)) {
    world.registry.claimed_at(app.spec.key, source->verified.revision().commit);
  }
  return claims;
}

std::set<GroupKind> kinds_awaited(const Cluster& cluster, const Desired& desired,
                                  const Inventory& inventory) {
  std::set<GroupKind> awaited;
  const std::shared_ptr<const ApiCatalog> catalog = cluster.client.catalog();
  for (const GroupVersionKind& gvk : kinds_of(desired, inventory)) {
    cluster.live.manage(gvk);
    // A kind that is not served (its definition may be in this very commit) has no list to wait
    // for.
    if (catalog->find_any(gvk.group_kind()) == nullptr) continue;
    // Nor may one that must not be listed hold the rest: the plan refuses its objects.
    if (cluster.live.synced(gvk.group_kind()) || cluster.live.blind(gvk.group_kind())) continue;
    awaited.insert(gvk.group_kind());
  }
  return awaited;
}

Observed observe(const Cluster& cluster, const Desired& desired, const Inventory& inventory) {
  return cluster.live.observe(keys_of(desired, inventory));
}

Result<std::set<ObjectKey>> unlabelled_objects(const Cluster& cluster, const WorkItem& item,
                                               const Desired& desired, const Observed& observed) {
  std::set<ObjectKey> out;
  for (const Manifest& manifest : desired.manifests->objects) {
    if (!is_only_created(manifest) || observed.find(manifest.key) != nullptr) continue;
    if (!item.whole && !item.objects.contains(manifest.key)) continue;
    const ApiResource* resource =
        observed.catalog->find(make_gvk(manifest.api_version, manifest.key.kind));
    if (resource == nullptr) continue;
    const Result<Value> there =
        cluster.client.get(*resource, manifest.key, Deadline::in(std::chrono::seconds(30)));
    if (there) {
      out.insert(manifest.key);
    } else if (there.error().code() != kObjectNotFound) {
      return there.error();
    }
  }
  return out;
}

Result<ApprovedPlan> plan_turn(const AppEntry& app, const WorkItem& item,
                               const Inventory& inventory, const Desired& desired,
                               const ClaimsSeen& claims, const HealHolds& holds,
                               const Observed& observed, const std::set<ObjectKey>& unlabelled) {
  PlanPolicy policy = policy_of(app.spec);
  policy.claims = &claims.taken;
  policy.wanted = &claims.wanted;
  policy.holds = &holds;
  policy.unlabelled = &unlabelled;
  PlanScope scope;
  scope.whole_app = !reuses_accepted(app, item);
  scope.objects = item.objects;
  return ApprovedPlan::approve(make_plan({.manifests = *desired.manifests,
                                          .observed = observed,
                                          .inventory = inventory,
                                          .policy = policy,
                                          .scope = scope,
                                          .provenance = desired.basis->revision->verified}));
}

Result<ApprovedPlan> plan_deletion(World& world, const AppEntry& app, const Inventory& inventory,
                                   const Observed& observed) {
  const std::map<ObjectKey, AppKey> wanted = world.registry.wanted_of(app.spec.key);
  // A confirmation is for what is in force now; an app that never was there has its uid.
  const std::string& revision = app.status.brief().last_applied_revision;
  return ApprovedPlan::approve(make_deletion_plan(
      {.app = app.spec.key,
       .inventory = inventory,
       .observed = observed,
       .policy = app.spec.deletion_policy,
       .wanted = &wanted,
       .confirm_with = revision.empty() ? app.uid : revision.substr(revision.rfind('@') + 1),
       .confirmed = app.spec.confirmed_prune}));
}

std::vector<Step> refused_steps(const Plan& plan) {
  std::vector<Step> out;
  for (const Wave& wave : plan.waves) {
    for (const Step& step : wave.steps) {
      if (std::holds_alternative<RefuseAction>(step.action)) out.push_back(step);
    }
  }
  return out;
}

std::vector<Step> unhealed_steps(const Plan& plan) {
  std::vector<Step> out;
  for (const Wave& wave : plan.waves) {
    for (const Step& step : wave.steps) {
      if (step.reason == StepReason::heal_disabled || step.reason == StepReason::fought) {
        out.push_back(step);
      }
    }
  }
  return out;
}

void note_place(TurnResult& turn, Place place) {
  turn.cluster = std::move(place.cluster);
  turn.waits_for_target = !turn.cluster;
  turn.waits_for_turns = place.full;
  if (!turn.cluster) return;
  turn.record.inventory = std::move(place.inventory);
  turn.record.left = std::move(place.left);
}

void note_source(TurnRecord& record, const VerifiedRevision& verified) {
  record.revision = verified.revision();
  record.policy = verified.policy();
  record.signer = verified.signer();
  record.grants = verified.grants();
}

void note_unplanned(TurnRecord& record, const Plan& plan) {
  record.refused = refused_steps(plan);
  record.unhealed = unhealed_steps(plan);
}

void note_progress(TurnRecord& record, const Inventory& recorded, Progress progress) {
  record.inventory = advance(recorded, progress.applied);
  record.applied = std::move(progress.applied);
  record.waiting_for = std::move(progress.waiting_for);
  record.all_applied = progress.complete && record.refused.empty();
}

Result<Inventory> record_intent(World& world, const AppEntry& app, const TurnRecord& turn,
                                const ApprovedPlan& plan) {
  Inventory intended = write_ahead(turn.inventory, plan.plan());
  if (intended.size() == turn.inventory.size() && app.unconfirmed == 0) return intended;
  AppStatus status = announce(turn, app.status.whole(), world.clock.wall());
  status.inventory = intended;
  const Value value = to_value(status);
  const Result<uint64_t> written =
      publish_status(world, kAppResource, object_key(app.spec.key), app.published.status, value);
  if (!written) {
    return Error(
        kRecordFailed,
        "the inventory could not be written, so nothing was applied: " + written.error().message(),
        Retry::transient);
  }
  world.registry.update_app(app.spec.key, [&](AppEntry& entry) {
    entry.published.status = PublishedStatus(value);
    entry.published.version = std::max(entry.published.version, *written);
    entry.published.essence = essence_of(status);
    entry.inventory = PackedInventory(intended);
  });
  TRY(confirm_claims(world, app, status, *written));
  return intended;
}

HealthReport assess_health(const Cluster& cluster, const Desired& desired) {
  const Observed now = observe(cluster, desired, {});
  std::vector<ObjectHealth> objects;
  for (const Manifest& manifest : desired.manifests->objects) {
    if (is_left_alone(manifest)) continue;
    const LiveObject* object = now.find(manifest.key);
    if (object == nullptr && is_only_created(manifest)) continue;
    objects.push_back(
        {manifest.key,
         object != nullptr ? object->health : Health{HealthStatus::missing, "not in the cluster"},
         manifest.origin.position()});
  }
  return summarise_health(std::move(objects));
}

Result<Desired> accepted_before(World& world, const Cluster& cluster, const AppEntry& app) {
  const std::string& applied = app.status.brief().last_applied_revision;  // "main@3f1c2ab…"
  const std::shared_ptr<const RepositoryEntry> repository =
      world.registry.repository(app.spec.repository);
  if (applied.empty() || !repository || repository->status.ref.empty() ||
      app.status.brief().observed_generation != app.spec.generation) {
    return Error(kSourceNotReady, "nothing is known to be in force", Retry::transient);
  }
  const std::shared_ptr<const GoodRevision> source = TRY(reopen(
      world, repository->spec, applied.substr(applied.rfind('@') + 1), repository->status.ref));
  const WorkItem whole{app.spec.key, Lane::heal, true, {}, {}};
  const std::optional<RenderRequest> request = TRY(render_request(world, app, whole));
  if (!request) {
    return Error(kSourceNotReady, "the variables were not read yet", Retry::transient);
  }
  std::optional<Desired> before = TRY(desired_state(world, cluster, app, whole, source, *request));
  if (!before) return Error(kSourceNotReady, "there is no room for it now", Retry::transient);
  return *std::move(before);
}

}  // namespace plumb
