#include "control/repository_turn.h"

#include <algorithm>
#include <variant>

#include "base/pause.h"
#include "control/app_shard.h"
#include "control/git_stores.h"
#include "control/ledger.h"
#include "control/publish.h"
#include "control/secret_store.h"
#include "control/stages.h"
#include "control/target_clusters.h"
#include "control/trust_policies.h"
#include "control/turn_room.h"
#include "control/verify_revision.h"
#include "core/audit/entries.h"
#include "core/status/conditions.h"
#include "core/status/notices.h"
#include "core/status/repository_status.h"
#include "core/status/status_json.h"
#include "model/remote_base.h"

namespace plumb {
namespace {

constexpr Duration kFirstRetry = std::chrono::seconds(1);
constexpr Duration kLastRetry = std::chrono::minutes(5);

struct Fetched {
  std::shared_ptr<const GoodRevision> good;  // the same pointer as before when nothing moved
  bool moved = false;
  std::optional<TrustStanding> standing = {};  // of `good`
  std::string rewound = {};  // the commit before, where this one does not descend from it
};

Result<FetchRequest> fetch_request(World& world, const RepositoryEntry& repository) {
  const RepositorySpec& spec = repository.spec;
  FetchRequest request;
  request.url = spec.url;
  request.ref = spec.ref;
  request.deadline = Deadline::in(spec.timeout);
  // Under a policy, statements in the repository count, and it decides about rewinds.
  const bool enforced = world.policies.enforces(spec.url);
  request.with_statements = world.policies.covers(spec.url);
  request.with_heartbeat = request.with_statements;
  // A policy judges every commit since the one that it accepted last; nobody else reads the past.
  request.shallow = !request.with_statements;
  request.allow_rewind = spec.allow_rewind || enforced;
  if (!spec.secret_ref.empty()) {
    request.credentials =
        TRY(world.secrets.credentials({spec.key.namespace_, spec.secret_ref}, request.deadline));
  }
  // After a restart the published commit is the revision in force: a rewind while we were away is
  // refused too.
  if (repository.good && repository.good_selector == spec.ref) {
    request.last_good = repository.good->verified.revision().commit;
  } else if (!repository.good && !repository.status.commit.empty() &&
             repository.status.observed_generation == spec.generation) {
    request.last_good = CommitId(repository.status.commit);
  }
  // What is in force may not be what the policy accepted: then it needs the statements, too.
  const bool verified_before = repository.good && repository.good->verified.policy() != "none";
  if (enforced && !verified_before) request.last_good.reset();
  return request;
}

// From here on a deadline bounds every call. What was fetched and found no room to be judged is
// judged now: the host is not asked again for it.
Result<FetchResult> fetch(GitStore& store, const RepositoryEntry& repository,
                          const FetchRequest& request, std::stop_token stop) {
  const std::shared_ptr<const Unjudged>& known = repository.unjudged;
  if (known && known->generation == repository.spec.generation) return known->fetched;
  return store.fetch(request, std::move(stop));
}

Result<Fetched> judge(World& world, const RepositoryEntry& repository, const GitStore& store,
                      const FetchRequest& request, const FetchResult& fetched) {
  const RepositorySpec& spec = repository.spec;
  if (repository.good && repository.good->verified.revision() == fetched.revision &&
      repository.good->verified.policy() ==
          TRY(governing_policy(world, spec, fetched.revision.ref))) {
    std::optional<TrustStanding> standing =
        TRY(standing_of(world, spec, {fetched, store, {}}, repository.standing));
    return Fetched{repository.good, false, std::move(standing)};
  }
  // From here on only what the trust policy accepts goes further.
  VerifiedRevision verified = TRY(verify_fetched(
      world, spec, {fetched, store, repository.status.commit, repository.unjudged != nullptr},
      *repository.signatures, request.deadline));
  std::shared_ptr<const SourceTree> tree = TRY(store.open_tree(fetched.revision.commit));
  return Fetched{
      std::make_shared<const GoodRevision>(GoodRevision{std::move(verified), std::move(tree)}),
      true, TRY(standing_of(world, spec, {fetched, store, {}}, repository.standing)),
      fetched.rewound ? request.last_good->str() : ""};
}

Duration backoff(int failures, Duration interval) {
  // Never slower than the interval asks for, but a second between tries.
  return std::max(std::min(growing_pause(kFirstRetry, failures, kLastRetry), interval),
                  kFirstRetry);
}

// A turn at this revision would find nothing to do and say nothing: the app is Ready, and nothing
// of what its manifests were made from is different. Where that cannot be told it is not so: the
// app's own turn says what is the matter.
bool is_untouched(World& world, const AppEntry& app, const GoodRevision& revision) {
  const AppSpec& spec = app.spec;
  if (!app.accepted || app.failures > 0 || spec.suspend || spec.deleting) return false;
  const std::shared_ptr<const Cluster> cluster = cluster_of(world, spec);
  if (!cluster || app.restored_in != cluster->connection ||
      app.accepted->generation != spec.generation ||
      app.accepted->catalog != cluster->client.catalog() || !app.awaiting.empty()) {
    return false;
  }
  const Condition* ready = find_condition(app.status.brief().conditions, "Ready");
  if (ready == nullptr || ready->status != "True") return false;
  const Result<bool> same =
      holds(app.accepted->rendered->read_set(), *files_for(world, app, revision));
  return same && *same;
}

// A new revision: a turn for each app that it may change. For the others it is noted that they are
// as they should be at this commit, too: with many apps in one repository that is nearly all of
// them.
void wake_for_revision(World& world, const RepositoryKey& key, const GoodRevision& revision) {
  const CommitId& commit = revision.verified.revision().commit;
  for (const AppKey& app : world.registry.apps_of(key)) {
    const std::shared_ptr<const AppEntry> entry = world.registry.app(app);
    if (!entry) continue;
    if (!is_untouched(world, *entry, revision)) {
      world.app_queue.add(app, entry->inventory.empty() ? Lane::first_sync : Lane::commit);
      continue;
    }
    world.registry.claimed_at(app, commit);
    if (world.registry.note_outcome(app, {commit, true})) {
      for (const AppKey& other : world.registry.dependents_of(app)) {
        world.app_queue.add(other, Lane::commit);
      }
    }
    // A turn that runs may have begun at the commit before, and note that.
    if (world.app_queue.is_active(app)) world.app_queue.add(app, Lane::commit);
  }
  for (const AppKey& app : world.registry.end_wait_for_claims(key)) {
    world.app_queue.add(app, Lane::commit);
  }
}

// Apps that never had a revision learn why there is none.
void wake_for_failure(World& world, const RepositoryKey& key) {
  for (const AppKey& app : world.registry.apps_of(key)) {
    const std::shared_ptr<const AppEntry> entry = world.registry.app(app);
    if (entry && !entry->accepted) world.app_queue.add(app, Lane::sweep);
  }
}

}  // namespace

Result<std::shared_ptr<const GoodRevision>> reopen(World& world, const RepositorySpec& spec,
                                                   const std::string& commit,
                                                   const std::string& ref) {
  const std::shared_ptr<GitStore> store = TRY(world.stores.open(spec.url));
  const CommitId id = TRY(parse_commit_id(commit));
  const Revision revision = TRY(store->describe(id, TRY(parse_ref_name(ref))));
  VerifiedRevision verified =
      TRY(verify_kept(world, spec, *store, revision, Deadline::in(spec.timeout)));
  std::shared_ptr<const SourceTree> tree = TRY(store->open_tree(id));
  return std::make_shared<const GoodRevision>(GoodRevision{std::move(verified), std::move(tree)});
}

namespace {

// While the source cannot be had: the revision in force. After a restart nothing of the status but
// its name is believed.
Fetched kept_revision(World& world, const RepositoryEntry& repository) {
  const RepositoryStatus& status = repository.status;
  if (repository.good || status.commit.empty() ||
      status.observed_generation != repository.spec.generation) {
    return {repository.good, false, repository.standing};
  }
  Result<std::shared_ptr<const GoodRevision>> kept =
      reopen(world, repository.spec, status.commit, status.ref);
  if (!kept) return {nullptr, false};
  return {std::move(kept).value(), true};
}

// Unjudged: there was no room for it (kNoRoomToVerify).
using Judged = std::variant<Fetched, std::shared_ptr<const Unjudged>>;

Result<Judged> fetch_and_judge(World& world, const RepositoryEntry& repository,
                               std::stop_token stop) {
  const FetchRequest request = TRY(fetch_request(world, repository));
  const std::shared_ptr<GitStore> store = TRY(world.stores.open(repository.spec.url));
  FetchResult fetched = TRY(fetch(*store, repository, request, std::move(stop)));
  Result<Fetched> judged = judge(world, repository, *store, request, fetched);
  if (judged) return Judged(std::move(judged).value());
  if (judged.error().code() != kNoRoomToVerify) return judged.error();
  return Judged(
      std::make_shared<const Unjudged>(Unjudged{std::move(fetched), repository.spec.generation}));
}

struct FetchOutcome {
  Fetched now;
  std::optional<Error> failed = {};  // then `now` is the revision in force
  // Then the turn comes back soon, and says nothing of what is in force.
  std::shared_ptr<const Unjudged> unjudged = nullptr;
};

FetchOutcome fetch_or_keep(World& world, const RepositoryEntry& repository, std::stop_token stop) {
  Result<Judged> judged = fetch_and_judge(world, repository, std::move(stop));
  if (!judged) {
    return {.now = kept_revision(world, repository), .failed = std::move(judged).error()};
  }
  if (auto* unjudged = std::get_if<std::shared_ptr<const Unjudged>>(&*judged)) {
    return {.now = {}, .unjudged = std::move(*unjudged)};
  }
  return {.now = std::get<Fetched>(std::move(*judged))};
}

void next_turn_in(World& world, const RepositoryKey& key, Duration wait) {
  world.repository_queue.add_at(key, std::chrono::steady_clock::now() +
                                         std::chrono::duration_cast<Monotonic::duration>(wait));
}

void come_back(World& world, const RepositoryKey& key) {
  world.counters.held_back++;
  next_turn_in(world, key, TurnRoom::kComeBackIn);
}

std::optional<FreshnessState> freshness_at(const std::optional<TrustStanding>& standing,
                                           WallTime now) {
  if (!standing || !standing->rule) return std::nullopt;
  return FreshnessState{standing->freshness.is_fresh(*standing->rule, now),
                        standing->freshness.told(*standing->rule, now)};
}

// Rewinds and refusals stand in the ledger already, with what was fetched.
void tell_transitions(World& world, const RepositoryEntry& before, const Fetched& now,
                      const RepositoryStatus& status) {
  const RepositoryKey& key = before.spec.key;
  const Condition* was = find_condition(before.status.conditions, "Compromised");
  const Condition* is = find_condition(status.conditions, "Compromised");
  Ledger* ledger = world.ledger;
  if (is != nullptr && (was == nullptr || was->message != is->message) && ledger != nullptr) {
    ledger->add(audit::entry_of_doubt({.revision = now.good->verified.revision(),
                                       .repository = key,
                                       .policy = now.good->verified.policy(),
                                       .now = world.clock.wall()},
                                      now.standing->doubtful));
  }
  record_events(world, object_key(key), before.uid,
                repository_notices(before.status, status, now.rewound));
}

}  // namespace

void repository_turn(World& world, const RepositoryKey& key, std::stop_token stop) {
  if (!is_ours(world, key)) return;
  if (report_refusal(world, kRepositoryResource, object_key(key))) return;
  const std::shared_ptr<const RepositoryEntry> before = world.registry.repository(key);
  if (!before) return;
  const RepositorySpec& spec = before->spec;
  const Log log = world.log.with({{"repository", key.display()}});

  const auto& [now, failed, unjudged] =
      spec.suspend ? FetchOutcome{Fetched{before->good, false, before->standing}}
                   : fetch_or_keep(world, *before, stop);
  const auto& [good, moved, standing, rewound] = now;
  if (stop.stop_requested()) return;
  if (unjudged || before->unjudged) {
    world.registry.update_repository(key,
                                     [&](RepositoryEntry& entry) { entry.unjudged = unjudged; });
  }
  if (unjudged) return come_back(world, key);
  // A rule about what a change renders to needs a base: its fetch begins another turn.
  if (failed && failed->code() == kRemoteBaseAwaited)
    return next_turn_in(world, key, spec.interval);

  const RepositoryStatus status = summarise_repository(
      {.spec = spec,
       .revision = good ? std::optional(good->verified.revision()) : std::nullopt,
       .policy = good ? good->verified.policy() : "",
       .signer = good ? good->verified.signer() : "",
       .error = failed,
       .now = world.clock.wall(),
       .freshness = freshness_at(standing, world.clock.wall()),
       .doubtful = standing ? standing->doubtful : std::vector<CommitId>()},
      before->status);
  const Result<uint64_t> published =
      publish_status(world, kRepositoryResource, object_key(key),
                     PublishedStatus(to_value(before->status)), to_value(status));
  if (!published && published.error().code() != kObjectNotFound) {
    log.warn("status not written", {{"error", published.error().summary()}});
  }
  // What could not be written is told when it is.
  if (published) tell_transitions(world, *before, now, status);
  const int failures = failed ? before->failures + 1 : 0;
  world.registry.update_repository(key, [&](RepositoryEntry& entry) {
    if (published) entry.status = status;
    entry.good = now.good;
    entry.standing = now.standing;
    if (!failed || now.moved) entry.good_selector = spec.ref;
    entry.failures = failures;
  });
  if (failed) log.warn("fetch failed", {{"error", failed->summary()}, {"failures", failures}});
  if (moved) {
    if (!failed) log.info("new revision", {{"revision", good->verified.revision().display()}});
    wake_for_revision(world, key, *good);
  } else if (failures == 1) {
    wake_for_failure(world, key);
  }
  if (spec.suspend) return;
  if (failed) return next_turn_in(world, key, backoff(failures, spec.interval));
  // What was judged had been fetched a while ago: what came since is looked for at once.
  next_turn_in(world, key, before->unjudged ? Duration(0) : spec.interval);
}

}  // namespace plumb
