// `plumb-ci plan`: what a change of the config repository changes in the rendered manifests. Exit
// code 0: nothing, 1: something, 2: it could not be said (an app does not render any longer).
#include "cmd/ci/compared_commits.h"
#include "cmd/ci/repository.h"
#include "cmd/shared/remote_bases.h"
#include "cmd/text/preview_text.h"

namespace plumb::ci {

Result<int> run(const PlanCommand& command, std::stop_token stop) {
  const ComparedCommits commits = TRY(compared_commits(command.repository, command.range, stop));
  const std::shared_ptr<const RemoteBases> bases =
      TRY(remote_bases({.allowed = command.remote_bases,
                        .git = git_options(command.repository),
                        .url = command.repository.url,
                        .credentials = TRY(git_credentials(command.repository))},
                       stop));
  const TreeWithBases before(commits.tree_before, bases);
  const TreeWithBases after(commits.tree_after, bases);
  const Preview shown = TRY(preview({.before = before,
                                     .after = after,
                                     .folders = command.apps,
                                     .repository = command.repository_name}));
  const PreviewedRange range{abbreviated(commits.before), abbreviated(commits.after)};
  if (command.output == "markdown") {
    TRY(print_text(preview_markdown(shown, range)));
  } else if (command.output == "text") {
    TRY(print_text(preview_text(shown, range, detect_style(command.color))));
  } else {
    const PreviewedRange whole{commits.before.str(), commits.after.str()};
    TRY(print_value(preview_value(shown, whole),
                    command.output == "json" ? OutputFormat::json : OutputFormat::yaml));
  }
  if (shown.failed()) return kExitError;
  return shown.differs() ? kExitDifferent : kExitOk;
}

}  // namespace plumb::ci
