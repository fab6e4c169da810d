#include "cmd/ci/repository.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace plumb::ci {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

Result<std::string> file_or_environment(const std::string& file, const char* name) {
  if (file.empty()) return environment(name);
  const std::ifstream in(file, std::ios::binary);
  if (!in) return Error(kUsage, "\"" + escape_terminal(file) + "\" cannot be read");
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

GitOptions git_options(const RepositoryOptions& options) {
  GitOptions out{.allow_http = options.allow_http, .allow_file = true};
  if (const std::string program = environment("PLUMB_GIT"); !program.empty()) {
    out.git_program = program;
  }
  return out;
}

Result<GitCredentials> git_credentials(const RepositoryOptions& options) {
  GitCredentials out;
  const bool over_ssh =
      options.url.find("://") == std::string::npos || options.url.starts_with("ssh://");
  if (over_ssh) {
    out.ssh_identity = TRY(file_or_environment(options.ssh_key_file, "PLUMB_GIT_SSH_KEY"));
    out.known_hosts = TRY(file_or_environment(options.known_hosts_file, "PLUMB_GIT_KNOWN_HOSTS"));
  } else if (options.url.starts_with("http")) {
    out.username = environment("PLUMB_GIT_USERNAME");
    out.password = environment("PLUMB_GIT_PASSWORD");
    out.bearer_token = environment("PLUMB_GIT_TOKEN");
    out.ca_pem = TRY(file_or_environment(options.ca_file, "PLUMB_GIT_CA"));
  }
  return out;
}

Result<std::unique_ptr<ConfigRepository>> open_repository(const RepositoryOptions& options,
                                                          std::stop_token stop) {
  ConfigRepositoryOptions out{.url = options.url,
                              .branch = options.branch,
                              .credentials = TRY(git_credentials(options)),
                              .git = git_options(options),
                              .identity = {options.author_name, options.author_email},
                              .deadline = Deadline::in(options.timeout)};
  if (options.openpgp_key.empty()) {
    out.signing.ssh_private_key =
        TRY(file_or_environment(options.signing_key_file, "PLUMB_SIGNING_KEY"));
  } else {
    out.signing.openpgp_key = options.openpgp_key;
    const std::string home = environment("GNUPGHOME");
    out.signing.gpg_home = home.empty() ? environment("HOME") + "/.gnupg" : home;
  }
  return ConfigRepository::open(std::move(out), std::move(stop));
}

Result<int> push_change(ConfigRepository& repository, const RepositoryOptions& options,
                        const ProposeChange& propose) {
  std::string report;
  const auto proposal = [&](const CommitId& tip) -> Result<std::optional<Proposal>> {
    std::optional<Change> change = TRY(propose(tip));
    if (!change) return std::optional<Proposal>();
    report = std::move(change->report);
    return std::optional(std::move(change->proposal));
  };
  if (options.dry_run) {
    const bool any = TRY(proposal(TRY(repository.fetch()))).has_value();
    TRY(print_text(any ? report + "nothing was pushed: --dry-run\n" : "nothing to change\n"));
    return kExitOk;
  }
  const std::string& to = options.pull_request.empty() ? options.branch : options.pull_request;
  const PushOutcome outcome = TRY(repository.push(to, proposal));
  if (!outcome.commit) {
    TRY(print_text("nothing to change\n" + outcome.parent.str() + "\n"));
    return kExitOk;
  }
  const std::string times =
      outcome.attempts > 1 ? ", at attempt " + std::to_string(outcome.attempts) : "";
  TRY(print_text(report + "pushed to " + to + times + "\n" + outcome.commit->str() + "\n"));
  return kExitOk;
}

}  // namespace plumb::ci
