#include "cmd/shared/verify.h"

#include "cmd/shared/remote_bases.h"
#include "cmd/text/verdict_text.h"
#include "core/render/packed_manifests.h"
#include "core/render/render.h"
#include "edge/openpgp/openpgp_process.h"

namespace plumb {

trust::RenderFunction render_folders(std::shared_ptr<const RemoteBases> bases) {
  return [bases = std::move(bases)](const SourceTree& tree,
                                    const RelPath& app) -> Result<std::vector<trust::Rendered>> {
    const std::shared_ptr<const SourceTree> borrowed(&tree, [](const SourceTree*) {});
    Budget budget;
    const auto packed = std::make_shared<const PackedManifests>(
        TRY(render(TreeWithBases(borrowed, bases), {.path = app}, budget)));
    const auto open = [packed]() -> Result<Manifests> { return packed->unpack(); };
    return std::vector<trust::Rendered>{{packed->read_set(), packed->digest(), open}};
  };
}

Result<Verification> verify(const VerifyRequest& request, std::stop_token stop) {
  trust::TrustPolicy policy = TRY(load_policy(request.policy));
  const std::unique_ptr<LocalRepository> repository =
      TRY(LocalRepository::open(request.repository));
  const trust::PolicySource source = TRY(choose_source(policy, request.ref));
  const CommitRange range = TRY(read_range(*repository, request.range, source));
  const WallTime now = SystemClock().wall();
  OpenPgpProcess openpgp(openpgp_program_beside_this());
  std::shared_ptr<const RemoteBases> bases =
      TRY(remote_bases({.allowed = request.remote_bases}, std::move(stop)));
  trust::WalkVerdict verdict = TRY(trust::walk({.policy = policy,
                                                .objects = *repository,
                                                .source = source,
                                                .tip = range.tip,
                                                .last_accepted = range.from,
                                                .statements = TRY(repository->refs("refs/plumb/")),
                                                .now = now,
                                                .openpgp = &openpgp,
                                                .render = render_folders(std::move(bases)),
                                                .stop_at_first = false}));
  return Verification{std::move(policy), std::move(verdict), now};
}

Result<int> print_verification(const Verification& verification, OutputFormat format,
                               const Style& style) {
  if (format == OutputFormat::table) {
    TRY(print_text(
        verdict_text(verification.verdict, verification.policy, verification.now, style)));
  } else {
    TRY(print_value(verdict_value(verification.verdict, verification.policy, verification.now),
                    format));
  }
  return verification.verdict.trusted() ? kExitOk : kExitDifferent;
}

}  // namespace plumb
