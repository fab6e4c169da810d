// `plumb-ci revert`: what an app's paths got since a commit is taken back, as one commit on top.
#include "edge/git_push/revert.h"

#include "base/text.h"
#include "cmd/ci/repository.h"

namespace plumb::ci {

Result<int> run(const RevertCommand& command, std::stop_token stop) {
  RevertRequest request{.paths = {}, .to = command.to, .subject = command.repository.message};
  for (const std::string& path : command.paths) {
    request.paths.push_back(TRY(RelPath::parse(path)));
  }
  if (!command.app.empty()) request.trailers.push_back("Plumb-App: " + command.app);
  const auto repository = TRY(open_repository(command.repository, stop));
  return push_change(
      *repository, command.repository, [&](const CommitId& tip) -> Result<std::optional<Change>> {
        if (!command.unless_changed_since.empty()) {
          const CommitId seen = TRY(repository->find_commit(command.unless_changed_since, tip));
          if (!TRY(repository->same_at(request.paths, seen, tip))) return std::optional<Change>();
        }
        Revert revert = TRY(propose_revert(*repository, tip, request));
        std::string report;
        for (const CommitId& commit : revert.undone) report += "reverts " + commit.str() + "\n";
        return std::optional(Change{std::move(revert.proposal), report});
      });
}

}  // namespace plumb::ci
