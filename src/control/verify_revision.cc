#include "control/verify_revision.h"

#include "control/trust_policies.h"
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
  for (const CommitId& commit : verdict.doubtful) {
    log.warn("a commit accepted earlier is signed by a compromised key",
             {{"commit", commit.str()}});
  }
}

}  // namespace

Result<std::string> governing_policy(World& world, const RepositorySpec& spec, const RefName& ref) {
  const std::optional<GoverningPolicy> governing = TRY(world.policies.find(spec.url, ref));
  return governing ? governing->policy->name : std::string(trust::kPolicyNone);
}

Result<VerifiedRevision> verify_fetched(World& world, const RepositorySpec& spec,
                                        const GitStore& store, const FetchResult& fetched,
                                        trust::VerificationCache& signatures, Deadline deadline) {
  const Revision& revision = fetched.revision;
  const std::optional<GoverningPolicy> governing = TRY(world.policies.find(spec.url, revision.ref));
  if (!governing) return trust::verify(revision, undeclared(world, spec));
  const std::optional<AcceptedTip> before =
      TRY(TrustPolicies::accepted(world.client, *governing, deadline));
  OpenPgpProcess openpgp(openpgp_program_beside_this());
  trust::WalkRequest request{.policy = *governing->policy,
                             .objects = store,
                             .source = governing->source,
                             .tip = fetched.object,
                             .statements = fetched.statements,
                             .now = world.clock.wall(),
                             .openpgp = &openpgp,
                             .cache = &signatures,
                             .render = [](const SourceTree& tree, const RelPath& app) {
                               Budget budget;
                               return render(tree, RenderRequest{.path = app}, budget);
                             }};
  if (before) {
    request.last_accepted = before->commit;
    if (!before->tag.empty()) request.pinned_tag = before->tag;
  }
  trust::Judgement judged = TRY(trust::verify(revision, request));
  tell(world, spec, *governing->policy, judged.verdict);
  const bool is_tag = fetched.object.str() != revision.commit.str();
  const AcceptedTip now{revision.commit, is_tag ? fetched.object : ObjectId()};
  const bool is_new = !before || before->commit != now.commit || before->tag != now.tag;
  // From here on a crash leaves a commit that counts as accepted and was not applied: no harm.
  if (judged.verdict.trusted() && is_new) {
    TRY(TrustPolicies::remember(world.client, *governing, before, now, world.clock.wall(),
                                deadline));
  }
  return std::move(judged.verified);
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
