#include "edge/git_push/own_clone.h"

#include <unistd.h>

#include <filesystem>
#include <optional>

#include "base/text.h"
#include "edge/git/git_errors.h"
#include "edge/git/local_repository.h"

namespace plumb {
namespace {

constexpr const char* kGit = "/usr/bin/git";

// All that a person's git looks at: configuration, agents, helpers; but nothing that would make it
// work on another repository or index.
std::vector<std::string> own_environment() {
  std::vector<std::string> out;
  for (char** one = environ; one != nullptr && *one != nullptr; ++one) {
    const std::string_view text(*one);
    const bool other = text.starts_with("GIT_INDEX_FILE=") || text.starts_with("GIT_DIR=") ||
                       text.starts_with("GIT_WORK_TREE=") || text.starts_with("LC_ALL=");
    if (!other) out.emplace_back(text);
  }
  // Nobody can answer: the child has no terminal.
  out.insert(out.end(), {"LC_ALL=C.UTF-8", "GIT_TERMINAL_PROMPT=0"});
  return out;
}

Result<ProcessResult> run(const OwnCloneOptions& options, const std::vector<std::string>& arguments,
                          const std::vector<std::string>& environment, std::string input) {
  std::vector<std::string> all{"--no-replace-objects", "-C", options.directory};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = own_environment();
  variables.insert(variables.end(), environment.begin(), environment.end());
  return run_process({.program = kGit,
                      .arguments = std::move(all),
                      .environment = std::move(variables),
                      .deadline = options.deadline,
                      .input = std::move(input),
                      .max_output = 64 << 20},
                     options.stop);
}

// One line of the configuration; "" where it is not set.
Result<std::string> setting(const OwnCloneOptions& options, const std::string& name) {
  const ProcessResult result = TRY(run(options, {"config", "--get", name}, {}, {}));
  return std::string(trim(result.output));
}

Result<std::vector<std::string>> remotes(const OwnCloneOptions& options) {
  const ProcessResult result = TRY(run(options, {"remote"}, {}, {}));
  if (result.exit_code != 0) {
    return Error(kNotARepository,
                 "\"" + escape_terminal(shorten(options.directory)) +
                     "\" is no Git repository: " + escape_terminal(shorten(result.errors, 400)))
        .with_help("run this in a clone of the config repository, or give one: --repo DIR");
  }
  std::vector<std::string> out;
  for (const std::string& line : split(result.output, '\n')) {
    if (!line.empty()) out.push_back(line);
  }
  return out;
}

Result<std::string> remote_of(const OwnCloneOptions& options) {
  for (const std::string& name : TRY(remotes(options))) {
    if (name == options.remote) return name;
    if (!options.remote.empty()) continue;
    const ProcessResult url = TRY(run(options, {"remote", "get-url", name}, {}, {}));
    if (same_repository(std::string(trim(url.output)), options.url)) return name;
  }
  return Error(kNoSuchRemote, options.remote.empty()
                                  ? "no remote of this clone is " + escape_terminal(options.url)
                                  : "this clone has no remote \"" +
                                        escape_terminal(shorten(options.remote)) + "\"")
      .with_help("run this in a clone of the app's repository, or name the remote: --remote NAME");
}

}  // namespace

bool same_repository(const std::string& a, const std::string& b) {
  const auto plain = [](std::string text) {
    const size_t scheme = text.find("://");
    const bool scp = scheme == std::string::npos && !text.starts_with('/');
    if (scheme != std::string::npos) text = text.substr(scheme + 3);
    const size_t slash = text.find('/');
    if (const size_t at = text.find('@'); at != std::string::npos && at < slash) {
      text = text.substr(at + 1);
    }
    if (const size_t colon = text.find(':'); colon != std::string::npos && colon < text.find('/')) {
      // "host:path" of scp, "host:port/path" of a URL.
      text = text.substr(0, colon) +
             (scp ? "/" + text.substr(colon + 1) : text.substr(text.find('/', colon)));
    }
    while (text.ends_with('/')) text.pop_back();
    if (text.ends_with(".git")) text.resize(text.size() - 4);
    return text;
  };
  return !a.empty() && plain(a) == plain(b);
}

Result<std::unique_ptr<OwnClone>> OwnClone::open(OwnCloneOptions options) {
  TRY(parse_ref_name("refs/heads/" + options.branch));
  const std::string remote = TRY(remote_of(options));
  PrivateDirectory files =
      TRY(PrivateDirectory::make(std::filesystem::temp_directory_path().string(), "plumb-index-"));
  Settings settings{.branch = options.branch,
                    .remote = remote,
                    .shown = remote,
                    .index_file = files.path() + "/index",
                    .sign = !TRY(setting(options, "user.signingKey")).empty() ||
                            TRY(setting(options, "commit.gpgSign")) == "true"};
  return std::unique_ptr<OwnClone>(
      new OwnClone(std::move(settings), std::move(options), std::move(files)));
}

Result<CommitId> OwnClone::fetch() {
  const std::string ref = "refs/heads/" + options_.branch;
  const ProcessResult listed = TRY(run_git({"ls-remote", "--exit-code", remote(), ref}, {}, {}));
  if (listed.exit_code == 2) {
    return Error(kRefNotFound, "there is no branch \"" + escape_terminal(options_.branch) +
                                   "\" at the remote " + escape_terminal(remote()));
  }
  if (listed.exit_code != 0) return failure(listed.errors);
  CommitId tip = TRY(parse_commit_id(trim(listed.output.substr(0, listed.output.find('\t')))));
  const ProcessResult fetched = TRY(
      run_git({"fetch", "--quiet", "--no-tags", "--recurse-submodules=no", remote(), ref}, {}, {}));
  if (fetched.exit_code != 0) return failure(fetched.errors);
  return tip;
}

Result<bool> OwnClone::is_ancestor(const CommitId& ancestor, const CommitId& tip) const {
  const ProcessResult result =
      TRY(run_git({"merge-base", "--is-ancestor", ancestor.str(), tip.str()}, {}, {}));
  return result.exit_code == 0;  // not a commit that is known here: no
}

Result<bool> OwnClone::is_shallow() const {
  const ProcessResult result = TRY(run_git({"rev-parse", "--is-shallow-repository"}, {}, {}));
  return trim(result.output) == "true";
}

Result<ProcessResult> OwnClone::run_git(const std::vector<std::string>& arguments,
                                        const std::vector<std::string>& environment,
                                        std::string input) const {
  return run(options_, arguments, environment, std::move(input));
}

Error OwnClone::failure(const std::string& errors) const {
  return Error(kGitFailed,
               "git cannot reach " + escape_terminal(remote()) + ": " +
                   escape_terminal(shorten(std::string(trim(errors)), 400)),
               Retry::transient)
      .with_help("git fetch " + escape_terminal(remote()) + " in this clone tells more");
}

}  // namespace plumb
