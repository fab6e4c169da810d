#include "edge/git_push/config_repository.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "edge/git/git_secrets.h"

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

Result<void> check_identity(const CommitIdentity& identity) {
  for (const std::string& part : {identity.name, identity.email}) {
    if (part.empty() || part.find_first_of("<>\n\r") != std::string::npos) {
      return Error(kInvalidArgument, "a commit needs a name and a mail address of its author")
          .with_help("give both, without \"<\" and \">\"");
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<ConfigRepository>> ConfigRepository::open(ConfigRepositoryOptions options,
                                                                 std::stop_token stop) {
  TRY(check_identity(options.identity));
  TRY(parse_ref_name("refs/heads/" + options.branch));
  GitUrl url = TRY(GitUrl::parse(options.url, options.git));
  options.credentials = TRY(checked(options.credentials, url));
  PrivateDirectory files =
      TRY(PrivateDirectory::make(std::filesystem::temp_directory_path().string(), "plumb-push-"));
  std::shared_ptr<GitStore> store = TRY(GitStore::open(files.path(), options.url, options.git));
  std::unique_ptr<ConfigRepository> out(new ConfigRepository(
      std::move(options), std::move(url), std::move(stop), std::move(files), std::move(store)));
  const SigningKey& key = out->options_.signing;
  if (!key.ssh_private_key.empty()) {
    // ssh-keygen refuses a key file that does not end with a line break.
    const std::string text =
        key.ssh_private_key + (key.ssh_private_key.ends_with('\n') ? "" : "\n");
    const std::string file = TRY(out->private_.write("signing-key", text));
    out->signing_ = {"-c", "gpg.format=ssh", "-c", "user.signingKey=" + file};
  } else if (!key.openpgp_key.empty()) {
    out->signing_ = {"-c", "gpg.format=openpgp", "-c", "user.signingKey=" + key.openpgp_key};
  }
  return out;
}

Result<CommitId> ConfigRepository::fetch() {
  RefSelector branch;
  branch.branch = options_.branch;
  const FetchResult fetched = TRY(store_->fetch({.url = options_.url,
                                                 .ref = branch,
                                                 .credentials = options_.credentials,
                                                 .deadline = options_.deadline,
                                                 .allow_rewind = true},
                                                stop_));
  return fetched.revision.commit;
}

Result<std::shared_ptr<const SourceTree>> ConfigRepository::files(const CommitId& commit) const {
  return store_->open_tree(commit);
}

Result<bool> ConfigRepository::is_ancestor(const CommitId& ancestor, const CommitId& tip) const {
  return store_->is_ancestor(ancestor, tip);
}

Result<GuardedGit> ConfigRepository::git() const {
  return GuardedGit::make(options_.git.git_program, store_->directory(), url_, options_.credentials,
                          options_.deadline, stop_);
}

Result<std::string> ConfigRepository::plumbing(const std::vector<std::string>& arguments,
                                               std::string input) const {
  const GuardedGit run = TRY(git());
  ProcessResult result = TRY(run.run_guarded(
      arguments, {"GIT_LITERAL_PATHSPECS=1", "GIT_INDEX_FILE=" + private_.path() + "/index"},
      std::move(input)));
  if (result.exit_code != 0) {
    return Error(kGitFailed, "git " + arguments.front() + " failed: " + words(result.errors),
                 Retry::transient);
  }
  return std::move(result.output);
}

Result<CommitId> ConfigRepository::find_commit(const std::string& text, const CommitId& tip) const {
  const bool digits = text.size() >= kLeastDigits &&
                      text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (digits) {
    const Result<std::string> found =
        plumbing({"rev-parse", "--quiet", "--verify", "--end-of-options", text + "^{commit}"});
    if (found) {
      const CommitId commit = TRY(parse_commit_id(trim(*found)));
      if (TRY(is_ancestor(commit, tip))) return commit;
    }
  }
  return Error(kCommitNotFound, "\"" + escape_terminal(shorten(text)) +
                                    "\" is no commit of branch \"" + options_.branch + "\"")
      .with_help("give the id of a commit, or at least its first 7 digits");
}

Result<std::vector<CommitId>> ConfigRepository::commits_of(const std::vector<RelPath>& paths,
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

Result<ObjectId> ConfigRepository::write_tree(const CommitId& tip, std::string entries) const {
  TRY(plumbing({"read-tree", tip.str()}));
  TRY(plumbing({"update-index", "-z", "--index-info"}, std::move(entries)));
  return ObjectId(std::string(trim(TRY(plumbing({"write-tree"})))));
}

Result<ObjectId> ConfigRepository::with_files(const CommitId& tip,
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

Result<ObjectId> ConfigRepository::with_restored(const CommitId& tip, const CommitId& to,
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

Result<CommitId> ConfigRepository::commit(const Proposal& proposal, const CommitId& parent) const {
  std::vector<std::string> arguments = signing_;
  for (const char* word : {"commit-tree", "-F", "-", "-p"}) arguments.emplace_back(word);
  arguments.push_back(parent.str());
  if (!signing_.empty()) arguments.emplace_back("-S");
  arguments.push_back(proposal.tree.str());
  const CommitIdentity& who = options_.identity;
  std::vector<std::string> environment = {
      "GIT_AUTHOR_NAME=" + who.name, "GIT_AUTHOR_EMAIL=" + who.email,
      "GIT_COMMITTER_NAME=" + who.name, "GIT_COMMITTER_EMAIL=" + who.email};
  if (!options_.signing.gpg_home.empty()) {
    environment.push_back("GNUPGHOME=" + options_.signing.gpg_home);
  }
  const GuardedGit run = TRY(git());
  const ProcessResult result = TRY(run.run_guarded(arguments, environment, proposal.message));
  if (result.exit_code != 0) {
    if (signing_.empty()) {
      return Error(kGitFailed, "git commit-tree failed: " + words(result.errors), Retry::transient);
    }
    return Error(kSigningFailed, "the commit cannot be signed: " + words(result.errors),
                 Retry::denied)
        .with_help("an SSH key must have no passphrase and needs ssh-keygen; OpenPGP needs gpg");
  }
  return parse_commit_id(trim(result.output));
}

Result<std::optional<std::string>> ConfigRepository::try_push(const CommitId& commit,
                                                              const std::string& branch) const {
  const GuardedGit run = TRY(git());
  const ProcessResult result =
      TRY(run.run_guarded({"push", "--quiet", "--porcelain", "--no-verify", "--no-force-with-lease",
                           "--recurse-submodules=no", "--end-of-options", url_.text,
                           commit.str() + ":refs/heads/" + branch},
                          {}, {}));
  if (result.exit_code == 0) return std::optional<std::string>();
  // A line for a ref that was not updated: the server was asked and said no.
  for (const std::string& line : split(result.output, '\n')) {
    if (line.starts_with("!\t")) {
      return std::optional(words(line.substr(line.rfind('\t') + 1) + "\n" + result.errors));
    }
  }
  return git_failure(result.errors, url_, store_->directory());
}

Result<PushOutcome> ConfigRepository::push(const std::string& to_branch, const Propose& propose) {
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
    if (tip == outcome.parent || to_branch != options_.branch) {
      return Error(kPushRefused,
                   url_.text + " refuses the push to \"" + to_branch + "\": " + *refusal,
                   Retry::denied)
          .with_help(to_branch == options_.branch
                         ? "if the branch is protected, push to a new branch for a pull request"
                         : "a branch that is there is never overwritten: give another name");
    }
    if (outcome.attempts == kMostAttempts) {
      return Error(kBranchKeepsMoving,
                   "branch \"" + to_branch + "\" of " + url_.text + " moved " +
                       std::to_string(kMostAttempts) + " times while this was pushed",
                   Retry::conflict)
          .with_help("run it again; many writers at once need a merge queue");
    }
    ++outcome.attempts;
    outcome.parent = tip;
  }
}

}  // namespace plumb
