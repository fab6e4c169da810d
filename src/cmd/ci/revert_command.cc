// `plumb-ci revert`: what an app's paths got since a commit is taken back, as one commit on top.
// The result is that of `git revert` of all those commits, newest first, as far as they touch the
// paths: every byte below them is what it was, whatever else the commits changed stays. So there is
// nothing to conflict. History is not rewritten.
#include "base/text.h"
#include "cmd/ci/repository.h"

namespace plumb::ci {
namespace {

constexpr size_t kMostNamed = 100;

std::string message_of(const RevertCommand& command, const std::vector<CommitId>& undone,
                       const CommitId& to) {
  const std::string paths = join(command.paths, ", ");
  std::string out = !command.repository.message.empty()
                        ? command.repository.message
                        : "Revert " + paths + " to " + abbreviated(to);
  out += "\n\nThis reverts " + std::to_string(undone.size()) + " commit" +
         (undone.size() == 1 ? "" : "s") + " as far as " + paths + " is concerned.\n\n";
  for (size_t i = 0; i < undone.size() && i < kMostNamed; ++i) {
    out += "Plumb-Revert: " + undone[i].str() + "\n";
  }
  for (const std::string& path : command.paths) out += "Plumb-Revert-Path: " + path + "\n";
  return out + "Plumb-Revert-To: " + to.str() + "\n";
}

}  // namespace

Result<int> run(const RevertCommand& command) {
  std::vector<RelPath> paths;
  for (const std::string& path : command.paths) {
    paths.push_back(TRY(RelPath::parse(path)));
    if (path.find('\n') != std::string::npos) return Error(kUsage, "a path with a line break");
  }
  const auto repository = TRY(open_repository(command.repository));
  return push_change(
      *repository, command.repository, [&](const CommitId& tip) -> Result<std::optional<Change>> {
        const CommitId to = TRY(repository->find_commit(command.to, tip));
        const std::vector<CommitId> undone = TRY(repository->commits_of(paths, to, tip));
        if (undone.empty()) {
          return Error(kNothingToRevert, "nothing below " +
                                             escape_terminal(join(command.paths, ", ")) +
                                             " changed since " + abbreviated(to))
              .with_help("git log -- PATH shows what changed it");
        }
        const ObjectId tree = TRY(repository->with_restored(tip, to, paths));
        std::string report;
        for (const CommitId& commit : undone) report += "reverts " + commit.str() + "\n";
        return std::optional(Change{{tree, message_of(command, undone, to)}, report});
      });
}

}  // namespace plumb::ci
