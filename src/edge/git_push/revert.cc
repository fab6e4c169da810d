#include "edge/git_push/revert.h"

#include "base/text.h"

namespace plumb {
namespace {

constexpr size_t kMostNamed = 100;

std::string shown(const std::vector<RelPath>& paths) {
  std::vector<std::string> out;
  for (const RelPath& path : paths) out.push_back(path.display());
  return join(out, ", ");
}

std::string message_of(const RevertRequest& request, const std::vector<CommitId>& undone,
                       const CommitId& to) {
  const std::string paths = shown(request.paths);
  std::string out =
      !request.subject.empty() ? request.subject : "Revert " + paths + " to " + abbreviated(to);
  out += "\n\nThis reverts " + std::to_string(undone.size()) + " commit" +
         (undone.size() == 1 ? "" : "s") + " as far as " + paths + " is concerned.\n\n";
  for (size_t i = 0; i < undone.size() && i < kMostNamed; ++i) {
    out += "Plumb-Revert: " + undone[i].str() + "\n";
  }
  for (const RelPath& path : request.paths) out += "Plumb-Revert-Path: " + path.display() + "\n";
  out += "Plumb-Revert-To: " + to.str() + "\n";
  for (const std::string& trailer : request.trailers) out += trailer + "\n";
  return out;
}

Result<void> check(const RevertRequest& request) {
  for (const RelPath& path : request.paths) {
    if (path.str().find('\n') == std::string::npos) continue;
    return Error(kInvalidArgument, "a path with a line break cannot be reverted");
  }
  return {};
}

}  // namespace

Result<Revert> propose_revert(const PushableRepository& repository, const CommitId& tip,
                              const RevertRequest& request) {
  TRY(check(request));
  CommitId to = TRY(repository.find_commit(request.to, tip));
  std::vector<CommitId> undone = TRY(repository.commits_of(request.paths, to, tip));
  if (undone.empty()) {
    return Error(kNothingToRevert, "nothing below " + escape_terminal(shown(request.paths)) +
                                       " changed since " + abbreviated(to))
        .with_help("git log -- PATH shows what changed it");
  }
  const ObjectId tree = TRY(repository.with_restored(tip, to, request.paths));
  std::string message = message_of(request, undone, to);
  return Revert{std::move(to), std::move(undone), {tree, std::move(message)}};
}

}  // namespace plumb
