// `plumb-ci plan`: what a change of the config repository changes in the rendered manifests. Exit
// code 0: nothing, 1: something, 2: it could not be said (an app does not render any longer).
#include "cmd/ci/compared_commits.h"
#include "cmd/text/preview_text.h"

namespace plumb::ci {

Result<int> run(const PlanCommand& command, std::stop_token stop) {
  const ComparedCommits commits = TRY(compared_commits(command.repository, command.range, stop));
  const Preview shown = TRY(preview({.before = *commits.tree_before,
                                     .after = *commits.tree_after,
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
