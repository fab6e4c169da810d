#include "cmd/ci/compared_commits.h"

#include <filesystem>

#include "base/text.h"
#include "cmd/ci/repository.h"
#include "edge/git/git_tree.h"

namespace plumb::ci {
namespace {

struct Sides {
  std::string before;
  std::string after;
  bool from_merge_base = false;
};

Result<Sides> parse_range(const std::string& range) {
  const size_t dots = range.find("..");
  Sides out;
  if (dots != std::string::npos) {
    out.from_merge_base = range.compare(dots, 3, "...") == 0;
    out.before = range.substr(0, dots);
    out.after = range.substr(dots + (out.from_merge_base ? 3 : 2));
  }
  if (out.before.empty() || out.after.empty()) {
    return Error(kUsage, "\"" + escape_terminal(shorten(range)) + "\" is no range of commits")
        .with_help("write BASE..HEAD, or BASE...HEAD to begin where HEAD left BASE");
  }
  return out;
}

bool is_commit_id(const std::string& text) {
  return text.size() == 40 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Result<CommitId> fetched(GitStore& store, const RepositoryOptions& options, const std::string& side,
                         bool shallow, std::stop_token stop) {
  RefSelector ref;
  if (is_commit_id(side)) {
    ref.commit = side;
  } else if (side.starts_with("refs/")) {
    ref.name = side;
  } else {
    ref.branch = side;
  }
  return TRY(store.fetch({.url = options.url,
                          .ref = ref,
                          .credentials = TRY(git_credentials(options)),
                          .deadline = Deadline::in(options.timeout),
                          .allow_rewind = true,
                          .shallow = shallow},
                         std::move(stop)))
      .revision.commit;
}

// What a clone does not have may be what was not cloned: jobs often begin with the newest commit
// alone.
Result<CommitId> resolved(const LocalRepository& repository, const std::string& side) {
  Result<CommitId> found = repository.resolve_commit(side);
  if (found) return found;
  const Result<std::string> shallow = repository.run_git({"rev-parse", "--is-shallow-repository"});
  if (!shallow || trim(*shallow) != "true") return found;
  return found.error().with_help("the clone is shallow: git fetch --unshallow, or fetch " +
                                 escape_terminal(shorten(side)));
}

Result<CommitId> merge_base(const LocalRepository& repository, const CommitId& before,
                            const CommitId& after) {
  const Result<std::string> found = repository.run_git({"merge-base", before.str(), after.str()});
  if (found) return parse_commit_id(trim(*found));
  return Error(kUnknownRevision, "the two commits have no common ancestor in this repository")
      .with_help("a shallow clone has the newest commits only: git fetch --unshallow");
}

}  // namespace

Result<ComparedCommits> compared_commits(const RepositoryOptions& options, const std::string& range,
                                         std::stop_token stop) {
  const Sides sides = TRY(parse_range(range));
  ComparedCommits out;
  std::shared_ptr<const LocalRepository> repository;
  std::error_code ignored;
  if (std::filesystem::is_directory(options.url, ignored)) {
    repository = TRY(LocalRepository::open(options.url));
    out.before = TRY(resolved(*repository, sides.before));
    out.after = TRY(resolved(*repository, sides.after));
  } else {
    out.fetched.emplace(
        TRY(PrivateDirectory::make(std::filesystem::temp_directory_path().string(), "plumb-ci-")));
    const std::shared_ptr<GitStore> store =
        TRY(GitStore::open(out.fetched->path(), options.url, git_options(options)));
    // Two trees are compared; their common ancestor is found in their history.
    const bool shallow = !sides.from_merge_base;
    out.before = TRY(fetched(*store, options, sides.before, shallow, stop));
    out.after = TRY(fetched(*store, options, sides.after, shallow, stop));
    repository = TRY(LocalRepository::open(store->directory()));
  }
  if (sides.from_merge_base) {
    out.before = TRY(merge_base(*repository, out.before, out.after));
  }
  out.tree_before = TRY(open_git_tree(repository, out.before));
  out.tree_after = TRY(open_git_tree(repository, out.after));
  return out;
}

}  // namespace plumb::ci
