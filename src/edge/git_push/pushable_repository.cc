#include "edge/git_push/pushable_repository.h"

#include "base/text.h"
#include "edge/git/git_errors.h"
#include "model/source_tree.h"

namespace plumb {
namespace {

constexpr size_t kLeastDigits = 7;
constexpr size_t kMaxShown = 400;

// git's and the server's words as one line.
std::string words(const std::string& text) {
  std::string out;
  for (const std::string& line : split(text, '\n')) {
    const std::string_view trimmed = trim(line);
    if (trimmed.empty() || trimmed.starts_with("hint:") || trimmed.starts_with("To ")) continue;
    out += (out.empty() ? "" : "; ") + std::string(trimmed);
  }
  return escape_terminal(shorten(out.empty() ? "no reason given" : out, kMaxShown));
}

std::vector<std::string> with_paths(std::vector<std::string> arguments,
                                    const std::vector<RelPath>& paths) {
  arguments.emplace_back("--");
  for (const RelPath& path : paths) {
    if (!path.is_root()) arguments.push_back(path.str());
  }
  return arguments;
}

}  // namespace

Result<std::string> PushableRepository::plumbing(const std::vector<std::string>& arguments,
                                                 std::string input) const {
  ProcessResult result =
      TRY(run_git(arguments, {"GIT_LITERAL_PATHSPECS=1", "GIT_INDEX_FILE=" + settings_.index_file},
                  std::move(input)));
  if (result.exit_code != 0) {
    return Error(kGitFailed, "git " + arguments.front() + " failed: " + words(result.errors),
                 Retry::transient);
  }
  return std::move(result.output);
}

Result<CommitId> PushableRepository::find_commit(const std::string& text,
                                                 const CommitId& tip) const {
  const bool digits = text.size() >= kLeastDigits &&
                      text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (digits) {
    const Result<std::string> found =
        plumbing({"rev-parse", "--quiet", "--verify", "--end-of-options", text + "^{commit}"});
    if (found) {
      CommitId commit = TRY(parse_commit_id(trim(*found)));
      if (TRY(is_ancestor(commit, tip))) return commit;
    }
  }
  return Error(kCommitNotFound, "\"" + escape_terminal(shorten(text)) +
                                    "\" is no commit of branch \"" + settings_.branch + "\"")
      .with_help("give the id of a commit, or at least its first 7 digits");
}

Result<std::vector<CommitId>> PushableRepository::commits_of(const std::vector<RelPath>& paths,
                                                             const CommitId& since,
                                                             const CommitId& tip) const {
  const std::string text =
      TRY(plumbing(with_paths({"rev-list", "--topo-order", tip.str(), "^" + since.str()}, paths)));
  std::vector<CommitId> out;
  for (const std::string& line : split(text, '\n')) {
    if (!line.empty()) out.push_back(TRY(parse_commit_id(line)));
  }
  return out;
}

Result<std::optional<CommitId>> PushableRepository::before_last_change(
    const std::vector<RelPath>& paths, const CommitId& tip) const {
  const std::string last =
      TRY(plumbing(with_paths({"rev-list", "--max-count=1", tip.str()}, paths)));
  if (trim(last).empty()) return std::optional<CommitId>();
  const std::string line = TRY(
      plumbing({"rev-list", "--max-count=1", "--parents", TRY(parse_commit_id(trim(last))).str()}));
  const std::vector<std::string> ids = split(trim(line), ' ');
  if (ids.size() < 2) return std::optional<CommitId>();
  return std::optional(TRY(parse_commit_id(ids[1])));
}

Result<bool> PushableRepository::same_at(const std::vector<RelPath>& paths, const CommitId& a,
                                         const CommitId& b) const {
  return TRY(plumbing(with_paths(
                 {"diff-tree", "-r", "--name-only", "--no-renames", a.str(), b.str()}, paths)))
      .empty();
}

Result<ObjectId> PushableRepository::write_tree(const CommitId& tip, std::string entries) const {
  TRY(plumbing({"read-tree", tip.str()}));
  TRY(plumbing({"update-index", "-z", "--index-info"}, std::move(entries)));
  return ObjectId(std::string(trim(TRY(plumbing({"write-tree"})))));
}

Result<ObjectId> PushableRepository::with_files(const CommitId& tip,
                                                const std::vector<FileContent>& files) const {
  std::string entries;
  for (const FileContent& file : files) {
    const std::string before = TRY(plumbing({"ls-tree", "-z", tip.str(), "--", file.path}));
    const std::string mode = before.substr(0, before.find(' '));
    if (mode != "100644" && mode != "100755") {
      return Error(kNotAFile, "\"" + escape_terminal(file.path) + "\" is not a file");
    }
    const std::string id = TRY(plumbing({"hash-object", "-w", "--stdin"}, file.bytes));
    entries += mode + " " + std::string(trim(id)) + "\t" + file.path + '\0';
  }
  return write_tree(tip, std::move(entries));
}

Result<ObjectId> PushableRepository::with_restored(const CommitId& tip, const CommitId& to,
                                                   const std::vector<RelPath>& paths) const {
  // ":OLDMODE NEWMODE OLDID NEWID LETTER" and the path, each ended by NUL.
  const std::string raw = TRY(plumbing(with_paths(
      {"diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", tip.str(), to.str()},
      paths)));
  const std::vector<std::string> parts = split(raw, '\0');
  std::string removed;
  std::string entries;
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {
    const std::vector<std::string> fields = split(parts[i], ' ');
    if (fields.size() != 5) return Error(kGitFailed, "git diff-tree: a line that is none");
    // Removals first: what was a file may have been a folder.
    std::string& out = fields[1] == "000000" ? removed : entries;
    out += fields[1] + " " + fields[3] + "\t" + parts[i + 1] + '\0';
  }
  return write_tree(tip, removed + entries);
}

Result<CommitId> PushableRepository::commit(const Proposal& proposal,
                                            const CommitId& parent) const {
  std::vector<std::string> arguments = settings_.signing;
  for (const char* word : {"commit-tree", "-F", "-", "-p"}) arguments.emplace_back(word);
  arguments.push_back(parent.str());
  if (settings_.sign) arguments.emplace_back("-S");
  arguments.push_back(proposal.tree.str());
  const ProcessResult result = TRY(run_git(arguments, settings_.committing, proposal.message));
  if (result.exit_code != 0) {
    if (!settings_.sign) {
      return Error(kGitFailed, "git commit-tree failed: " + words(result.errors), Retry::transient);
    }
    return Error(kSigningFailed, "the commit cannot be signed: " + words(result.errors),
                 Retry::denied)
        .with_help("an SSH key must have no passphrase and needs ssh-keygen; OpenPGP needs gpg");
  }
  return parse_commit_id(trim(result.output));
}

Result<std::optional<std::string>> PushableRepository::try_push(const CommitId& commit,
                                                                const std::string& branch) const {
  std::vector<std::string> arguments{"push", "--quiet", "--porcelain", "--no-force-with-lease",
                                     "--recurse-submodules=no"};
  arguments.insert(arguments.end(), settings_.pushing.begin(), settings_.pushing.end());
  arguments.insert(arguments.end(),
                   {"--end-of-options", settings_.remote, commit.str() + ":refs/heads/" + branch});
  const ProcessResult result = TRY(run_git(arguments, {}, {}));
  if (result.exit_code == 0) return std::optional<std::string>();
  // A line for a ref that was not updated: the server was asked and said no.
  for (const std::string& line : split(result.output, '\n')) {
    if (line.starts_with("!\t")) {
      return std::optional(words(line.substr(line.rfind('\t') + 1) + "\n" + result.errors));
    }
  }
  return failure(result.errors);
}

Result<PushOutcome> PushableRepository::push(const std::string& to_branch, const Propose& propose) {
  TRY(parse_ref_name("refs/heads/" + to_branch));
  PushOutcome outcome{.parent = TRY(fetch()), .commit = {}};
  while (true) {
    const std::optional<Proposal> proposal = TRY(propose(outcome.parent));
    if (!proposal) return outcome;
    const CommitId made = TRY(commit(*proposal, outcome.parent));
    const std::optional<std::string> refusal = TRY(try_push(made, to_branch));
    if (!refusal) {
      outcome.commit = made;
      return outcome;
    }
    // Whether the branch moved is seen, not read from what the server says.
    const CommitId tip = TRY(fetch());
    if (tip == outcome.parent || to_branch != settings_.branch) {
      return Error(kPushRefused,
                   settings_.shown + " refuses the push to \"" + to_branch + "\": " + *refusal,
                   Retry::denied)
          .with_help(to_branch == settings_.branch
                         ? "if the branch is protected, push to a new branch for a pull request"
                         : "a branch that is there is never overwritten: give another name");
    }
    if (outcome.attempts == kMostAttempts) {
      return Error(kBranchKeepsMoving,
                   "branch \"" + to_branch + "\" of " + settings_.shown + " moved " +
                       std::to_string(kMostAttempts) + " times while this was pushed",
                   Retry::conflict)
          .with_help("run it again; many writers at once need a merge queue");
    }
    ++outcome.attempts;
    outcome.parent = tip;
  }
}

}  // namespace plumb
