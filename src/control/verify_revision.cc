#include "control/verify_revision.h"

#include <map>

#include "control/base_fetches.h"
#include "control/ledger.h"
#include "control/trust_policies.h"
#include "control/turn_room.h"
#include "core/audit/entries.h"
#include "core/render/render.h"
#include "edge/openpgp/openpgp_process.h"

namespace plumb {
namespace {

trust::TrustInput undeclared(const World& world, const RepositorySpec& spec) {
  return {.repository = spec.key.display(), .declared = spec.trust, .operator_policy = world.trust};
}

void tell(World& world, const RepositorySpec& spec, const trust::TrustPolicy& policy,
          const trust::WalkVerdict& verdict) {
  const Log log = world.log.with({{"repository", spec.key.display()}, {"policy", policy.name}});
  if (!verdict.trusted()) {
    log.warn("not trusted; applied, for the policy only audits",
             {{"commit", verdict.tip.str()}, {"error", verdict.refusal->summary()}});
  }
  if (verdict.rewound) log.warn("a signed rewind was accepted", {{"to", verdict.from.str()}});
}

std::map<RefName, ObjectId> statements_of(const FetchResult& fetched) {
  std::map<RefName, ObjectId> out = fetched.statements;
  if (fetched.heartbeat) out[RefName(kHeartbeatRef)] = *fetched.heartbeat;
  return out;
}

void note_in_ledger(World& world, const audit::JudgedRevision& judged) {
  if (Ledger* ledger = world.ledger) ledger->add(audit::entry_of_revision(judged));
}

// For the large renders of one walk: taken whole with the first, for the two that are compared at a
// time, and kept until the walk ends. So a walk that has room never waits for more.
class RoomOfWalk {
 public:
  RoomOfWalk(World& world, const RepositoryKey& repository)
      : world_(world), repository_(repository) {}

  Result<void> take() {
    if (!hold_) hold_ = world_.room.enter(repository_, 2 * TurnRoom::kAll, world_.clock.now());
    if (hold_) return {};
    return Error(kNoRoomToVerify, "other large renders must end first", Retry::transient);
  }

 private:
  World& world_;
  const RepositoryKey repository_;
  std::shared_ptr<TurnRoom::Hold> hold_;
};

Result<trust::Rendered> render_for_walk(World& world, const std::shared_ptr<RoomOfWalk>& room,
                                        const SourceTree& tree, const RenderRequest& request) {
  Budget small(TurnRoom::small_limits());
  Result<std::shared_ptr<const PackedManifests>> rendered =
      world.renders.render(tree, request, small);
  if (!rendered && TurnRoom::is_exceeded(rendered.error())) {
    TRY(room->take());
    Budget budget;
    rendered = world.renders.render(tree, request, budget);
  }
  const std::shared_ptr<const PackedManifests> packed = TRY(std::move(rendered));
  const auto open = [room, packed]() -> Result<Manifests> {
    if (packed->unpacked_bytes() > TurnRoom::kSmall) TRY(room->take());
    return packed->unpack();
  };
  return trust::Rendered{packed->read_set(), packed->digest(), open};
}

// What a folder of the commit renders to, for rules about that: as it is, and with the images,
// patches and components of each App of this repository that is made of it. Their variables are
// left alone: trust refuses what could become another one by them.
trust::RenderFunction render_for_apps(World& world, const RepositorySpec& repository,
                                      std::shared_ptr<RoomOfWalk> room) {
  std::map<RelPath, std::vector<Overlay>> overlays;
  for (const AppKey& key : world.registry.apps_of(repository.key)) {
    const std::shared_ptr<const AppEntry> app = world.registry.app(key);
    if (app && !app->spec.overlay.empty()) overlays[app->spec.path].push_back(app->spec.overlay);
  }
  return [&world, repository, room = std::move(room), overlays = std::move(overlays)](
             const SourceTree& files,
             const RelPath& folder) -> Result<std::vector<trust::Rendered>> {
    // The tree outlives the call.
    const std::shared_ptr<const SourceTree> borrowed(&files, [](const SourceTree*) {});
    const auto with_bases = world.bases.with_bases(borrowed, repository, repository.key);
    const SourceTree& tree = *with_bases;
    std::vector<trust::Rendered> out;
    out.push_back(TRY(render_for_walk(world, room, tree, {.path = folder})));
    const auto of_apps = overlays.find(folder);
    if (of_apps == overlays.end()) return out;
    for (const Overlay& overlay : of_apps->second) {
      out.push_back(TRY(render_for_walk(world, room, tree, {.path = folder, .overlay = overlay})));
    }
    return out;
  };
}

Result<VerifiedRevision> verify_by_policy(World& world, const RepositorySpec& spec,
                                          const FetchedRevision& found,
                                          const GoverningPolicy& governing,
                                          trust::VerificationCache& signatures, Deadline deadline,
                                          audit::JudgedRevision judged) {
  const FetchResult& fetched = found.fetched;
  const auto room = std::make_shared<RoomOfWalk>(world, spec.key);
  if (found.needs_room) TRY(room->take());
  const std::optional<AcceptedTip> before =
      TRY(TrustPolicies::accepted(world.client, governing, deadline));
  OpenPgpProcess openpgp(openpgp_program_beside_this());
  trust::WalkRequest request{.policy = *governing.policy,
                             .objects = found.store,
                             .source = governing.source,
                             .tip = fetched.object,
                             .statements = statements_of(fetched),
                             .now = judged.now,
                             .openpgp = &openpgp,
                             .cache = &signatures,
                             .render = render_for_apps(world, spec, room)};
  if (before) {
    request.last_accepted = before->commit;
    if (!before->tag.empty()) request.pinned_tag = before->tag;
  }
  const bool is_tag = fetched.object.str() != fetched.revision.commit.str();
  const AcceptedTip now{fetched.revision.commit, is_tag ? fetched.object : ObjectId()};
  judged.policy = governing.policy->name;
  judged.tag = now.tag.str();
  judged.from = before ? before->commit.str() : "";
  Result<trust::Judgement> outcome = trust::verify(fetched.revision, request);
  if (!outcome) {
    judged.refusal = &outcome.error();
    if (outcome.error().retry() == Retry::denied) note_in_ledger(world, judged);
    return std::move(outcome).error();
  }
  tell(world, spec, *governing.policy, outcome->verdict);
  const bool is_new = !before || before->commit != now.commit || before->tag != now.tag;
  // From here on a crash leaves a commit that counts as accepted and was not applied: no harm.
  if (outcome->verdict.trusted() && is_new) {
    judged.from = outcome->verdict.from.str();
    judged.verdict = &outcome->verdict;
    note_in_ledger(world, judged);
    TRY(TrustPolicies::remember(world.client, governing, before, now, judged.now, deadline));
  }
  return std::move(outcome->verified);
}

}  // namespace

Result<std::string> governing_policy(World& world, const RepositorySpec& spec, const RefName& ref) {
  const std::optional<GoverningPolicy> governing = TRY(world.policies.find(spec.url, ref));
  return governing ? governing->policy->name : std::string(trust::kPolicyNone);
}

Result<VerifiedRevision> verify_fetched(World& world, const RepositorySpec& spec,
                                        const FetchedRevision& found,
                                        trust::VerificationCache& signatures, Deadline deadline) {
  const Revision& revision = found.fetched.revision;
  const std::optional<GoverningPolicy> governing = TRY(world.policies.find(spec.url, revision.ref));
  audit::JudgedRevision judged{.revision = revision,
                               .repository = spec.key,
                               .from = found.commit_before,
                               .now = world.clock.wall(),
                               .rewound = !governing && found.fetched.rewound};
  if (!governing) {
    Result<VerifiedRevision> taken = trust::verify(revision, undeclared(world, spec));
    judged.policy = trust::kPolicyNone;
    if (!taken) {
      judged.refusal = &taken.error();
      note_in_ledger(world, judged);
    } else if (found.commit_before != revision.commit.str()) {
      note_in_ledger(world, judged);
    }
    return taken;
  }
  return verify_by_policy(world, spec, found, *governing, signatures, deadline, judged);
}

Result<std::optional<TrustStanding>> standing_of(World& world, const RepositorySpec& spec,
                                                 const FetchedRevision& found,
                                                 const std::optional<TrustStanding>& before) {
  const Revision& revision = found.fetched.revision;
  const std::optional<GoverningPolicy> governing = TRY(world.policies.find(spec.url, revision.ref));
  if (!governing) return std::optional<TrustStanding>();
  const trust::TrustPolicy& policy = *governing->policy;
  TrustStanding out{policy.digest.hex(), revision.commit, policy.freshness, {}, {}};
  const WallTime now = world.clock.wall();
  trust::Objects objects(found.store);
  OpenPgpProcess openpgp(openpgp_program_beside_this());
  if (before && before->policy == out.policy && before->commit == out.commit) {
    out.doubtful = before->doubtful;
  } else if (!policy.compromised.empty()) {
    out.doubtful = TRY(
        trust::doubtful_commits(policy, objects, out.commit, {.now = now, .openpgp = &openpgp}));
  }
  if (policy.freshness) {
    out.freshness = TRY(trust::freshness_of({.policy = policy,
                                             .objects = objects,
                                             .source = governing->source,
                                             .tip = out.commit,
                                             .statements = statements_of(found.fetched),
                                             .now = now,
                                             .openpgp = &openpgp}));
  }
  return std::optional(std::move(out));
}

Result<VerifiedRevision> verify_kept(World& world, const RepositorySpec& spec,
                                     const GitStore& store, const Revision& revision,
                                     Deadline deadline) {
  const std::optional<GoverningPolicy> governing = TRY(world.policies.find(spec.url, revision.ref));
  if (!governing) return trust::verify(revision, undeclared(world, spec));
  const std::optional<AcceptedTip> before =
      TRY(TrustPolicies::accepted(world.client, *governing, deadline));
  return trust::verify_kept(revision, *governing->policy, store,
                            before ? std::optional(before->commit) : std::nullopt);
}

}  // namespace plumb
