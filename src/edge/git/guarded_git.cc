#include "edge/git/guarded_git.h"

#include <algorithm>
#include <filesystem>

#include "base/text.h"

namespace plumb {
namespace {

constexpr uint64_t kMaxRefBytes = 64 << 20;
constexpr size_t kMaxShown = 300;

// For the shell git starts ssh with. Our own paths only; no quote is in them, which make() checks.
std::string quoted(const std::string& path) {
  return "'" + path + "'";
}

std::string ssh_command(const std::string& identity, const std::string& known_hosts,
                        std::chrono::milliseconds remaining) {
  const auto seconds = std::clamp<int64_t>(remaining.count() / 1000, 1, 30);
  return "ssh -F /dev/null -i " + quoted(identity) +
         " -o BatchMode=yes -o StrictHostKeyChecking=yes -o GlobalKnownHostsFile=/dev/null"
         " -o UserKnownHostsFile=" +
         quoted(known_hosts) +
         " -o IdentitiesOnly=yes -o IdentityAgent=none -o PreferredAuthentications=publickey"
         " -o UpdateHostKeys=no -o ForwardAgent=no -o ClearAllForwardings=yes"
         " -o PermitLocalCommand=no -o ControlMaster=no -o ControlPath=none"
         " -o ServerAliveInterval=10 -o ServerAliveCountMax=3 -o ConnectTimeout=" +
         std::to_string(seconds);
}

// Configuration by environment (git-config, GIT_CONFIG_COUNT): what may be a secret.
std::vector<std::string> as_environment(
    const std::vector<std::pair<std::string, std::string>>& settings) {
  std::vector<std::string> out{"GIT_CONFIG_COUNT=" + std::to_string(settings.size())};
  for (size_t i = 0; i < settings.size(); ++i) {
    out.push_back("GIT_CONFIG_KEY_" + std::to_string(i) + "=" + settings[i].first);
    out.push_back("GIT_CONFIG_VALUE_" + std::to_string(i) + "=" + settings[i].second);
  }
  return out;
}

std::vector<std::string> guards(GitTransport transport) {
  std::vector<std::string> out;
  const std::string allow = std::string("protocol.") + to_string(transport) + ".allow=always";
  for (const std::string& setting :
       {std::string("protocol.allow=never"), allow, std::string("protocol.version=2"),
        std::string("transfer.fsckObjects=true"), std::string("fetch.fsckObjects=true"),
        // Always a pack, never loose objects: a pack joins the store by a rename.
        std::string("fetch.unpackLimit=1"), std::string("core.hooksPath=/dev/null"),
        std::string("core.fsmonitor=false"), std::string("core.askPass="),
        std::string("credential.helper="), std::string("gc.auto=0"),
        std::string("maintenance.auto=false"), std::string("fetch.recurseSubmodules=false"),
        std::string("submodule.recurse=false"), std::string("http.followRedirects=false"),
        std::string("http.lowSpeedLimit=1"), std::string("http.lowSpeedTime=60"),
        std::string("pack.threads=1"), std::string("core.alternateRefsCommand=true"),
        // The remote of a file URL and the cache may belong to another user.
        std::string("safe.directory=*")}) {
    out.push_back("-c");
    out.push_back(setting);
  }
  return out;
}

std::string option_of(const FetchDepth& depth) {
  struct Visitor {
    std::string operator()(ToWhatIsHere) const { return ""; }
    std::string operator()(CommitsDown down) const {
      return "--depth=" + std::to_string(down.count);
    }
    std::string operator()(SinceTime since) const {
      const auto seconds =
          std::chrono::duration_cast<std::chrono::seconds>(since.oldest.time_since_epoch());
      return "--shallow-since=@" + std::to_string(seconds.count()) + " +0000";
    }
  };
  return std::visit(Visitor{}, depth);
}

bool contains_any(const std::string& text, std::initializer_list<const char*> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const char* part) { return text.find(part) != std::string::npos; });
}

// The lines that say what went wrong, as one; "remote:" lines are the server's own words.
std::string essence(const std::string& text) {
  std::string out;
  for (const std::string& line : split(text, '\n')) {
    const std::string_view trimmed = trim(line);
    if (trimmed.empty() || trimmed.starts_with("@@@") || trimmed.starts_with("hint:")) continue;
    if (!out.empty()) out += "; ";
    out += trimmed;
  }
  if (out.size() > kMaxShown) out = out.substr(0, kMaxShown) + "…";
  return escape_terminal(out.empty() ? "git gave no reason" : out);
}

std::optional<Error> ssh_failure(const std::string& text, const GitUrl& url) {
  if (url.transport != GitTransport::ssh) return std::nullopt;
  if (contains_any(text, {"IDENTIFICATION HAS CHANGED"})) {
    return Error(kHostKeyMismatch, "the host key of " + url.host + " is not the one in known_hosts",
                 Retry::denied)
        .with_help(
            "if the host was given a new key, compare it and change known_hosts; else "
            "somebody is in between");
  }
  if (contains_any(text, {"Host key verification failed", "host key is known"})) {
    return Error(kHostKeyUnknown, "known_hosts holds no key of " + url.host, Retry::denied)
        .with_help("add the host's key, once you compared it, to known_hosts of the Secret");
  }
  if (contains_any(text, {"Permission denied", "Load key"})) {
    return Error(kAuthFailed, url.text + " refuses the private key: " + essence(text),
                 Retry::denied)
        .with_help(
            "add the public key to the repository as a deploy key; the private key must "
            "have no passphrase");
  }
  return std::nullopt;
}

}  // namespace

Error git_failure(const std::string& text, const GitUrl& url, const std::string& directory) {
  const std::string objects = directory + "/objects";
  if (contains_any(text, {objects.c_str(), "refs/plumb/", "Failed to traverse parents",
                          "did not send all necessary objects",
                          // The server left out what the store was taken to have.
                          "did not receive expected object"})) {
    return Error(kCorruptStore, "the local copy of " + url.text + " is corrupt: " + essence(text),
                 Retry::transient)
        .with_help("nothing to do: the next fetch builds the store anew");
  }
  if (std::optional<Error> error = ssh_failure(text, url)) return *std::move(error);
  if (contains_any(text, {"Authentication failed", "could not read Username", "error: 401",
                          "error: 403", "terminal prompts disabled"})) {
    return Error(kAuthFailed, url.text + " refuses the credentials", Retry::denied)
        .with_help("check username and password, or bearerToken, in the Secret");
  }
  if (contains_any(text, {"certificate"})) {
    return Error(kCertificateUntrusted, "the certificate of " + url.host + " is not trusted",
                 Retry::denied)
        .with_help("put the certificate authority into ca.crt of the Secret");
  }
  if (contains_any(text, {"does not appear to be a git repository", "not found", "no such repo",
                          "does not exist"})) {
    return Error(kRepositoryNotFound, "there is no repository at " + url.text)
        .with_help("check spec.url, and that the credentials may read it");
  }
  if (contains_any(
          text, {"index-pack failed", "early EOF", "invalid index-pack output", "fsck",
                 "pack is corrupted", "premature end of pack", "bad pack header", "protocol error",
                 "unexpected disconnect", "unexpected flush", "pack has bad object"})) {
    return Error(kCorruptPack, "the objects from " + url.text + " are broken: " + essence(text),
                 Retry::transient);
  }
  if (contains_any(
          text, {"Could not resolve", "Connection refused", "Failed to connect", "Couldn't connect",
                 "Connection reset", "Connection closed", "timed out", "Empty reply", "hung up",
                 "error: 5", "unable to access", "Could not read from remote"})) {
    return Error(kRepositoryUnreachable, "cannot reach " + url.text + ": " + essence(text),
                 Retry::transient);
  }
  return Error(kFetchFailed, "cannot fetch from " + url.text + ": " + essence(text),
               Retry::transient);
}

Result<GuardedGit> GuardedGit::make(std::string program, std::string directory, GitUrl url,
                                    GitCredentials credentials, Deadline deadline,
                                    std::stop_token stop) {
  if (directory.find_first_of("'\n") != std::string::npos) {
    return Error(kInvalidArgument, "the cache directory has a quote or newline in its path");
  }
  PrivateDirectory files = TRY(PrivateDirectory::make(directory, "incoming-files-"));
  GuardedGit git(std::move(program), std::move(directory), std::move(url), std::move(credentials),
                 deadline, std::move(stop), std::move(files));
  TRY(git.prepare());
  return git;
}

Result<void> GuardedGit::prepare() {
  std::vector<std::pair<std::string, std::string>> settings;
  if (const std::string header = authorization_header(credentials_); !header.empty()) {
    settings.emplace_back("http.extraHeader", header);
  }
  if (!credentials_.ca_pem.empty()) {
    settings.emplace_back("http.sslCAInfo", TRY(files_.write("ca.pem", credentials_.ca_pem)));
    settings.emplace_back("http.sslCAPath", files_.path());  // no other authority
  }
  environment_ = as_environment(settings);
  for (const char* fixed :
       {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "GIT_CONFIG_NOSYSTEM=1",
        "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0", "GIT_PROTOCOL_FROM_USER=0",
        "GIT_OPTIONAL_LOCKS=0", "GIT_NO_REPLACE_OBJECTS=1", "GIT_ASKPASS=/bin/false",
        "SSH_ASKPASS=/bin/false", "GIT_SSH_VARIANT=ssh"}) {
    environment_.emplace_back(fixed);
  }
  environment_.push_back("HOME=" + files_.path());
  environment_.push_back(std::string("GIT_ALLOW_PROTOCOL=") + to_string(url_.transport));
  if (url_.transport == GitTransport::ssh) {
    const std::string identity = TRY(files_.write("identity", credentials_.ssh_identity));
    const std::string known_hosts = TRY(files_.write("known_hosts", credentials_.known_hosts));
    environment_.push_back("GIT_SSH_COMMAND=" +
                           ssh_command(identity, known_hosts, deadline_.remaining()));
  }
  return {};
}

Result<ProcessResult> GuardedGit::run_guarded(const std::vector<std::string>& arguments,
                                              const std::vector<std::string>& environment,
                                              std::string input) const {
  return run_in(directory_, arguments, environment, std::move(input));
}

Result<ProcessResult> GuardedGit::run_in(const std::string& directory,
                                         const std::vector<std::string>& arguments,
                                         const std::vector<std::string>& environment,
                                         std::string input) const {
  ProcessRequest request{.program = program_,
                         .arguments = guards(url_.transport),
                         .environment = environment_,
                         .deadline = deadline_,
                         .input = std::move(input),
                         .max_output = kMaxRefBytes};
  request.arguments.push_back("--git-dir=" + directory);
  request.arguments.insert(request.arguments.end(), arguments.begin(), arguments.end());
  request.environment.insert(request.environment.end(), environment.begin(), environment.end());
  Result<ProcessResult> ended = run_process(request, stop_);
  if (!ended && ended.error().code() == kDeadlineExceeded) {
    return Error(kFetchTimeout, url_.text + " did not answer in time", Retry::transient)
        .with_help("raise spec.timeout if the repository is large or far away");
  }
  ProcessResult result = TRY(std::move(ended));
  result.errors = scrub(result.errors, credentials_);
  return result;
}

Result<std::string> GuardedGit::printed(Result<ProcessResult> ended) const {
  ProcessResult result = TRY(std::move(ended));
  if (result.exit_code != 0) return git_failure(result.errors, url_, directory_);
  return std::move(result.output);
}

Result<std::string> GuardedGit::ls_remote(const std::vector<std::string>& patterns) const {
  std::vector<std::string> arguments = {"ls-remote", "--quiet", "--symref", "--", url_.text};
  for (const std::string& pattern : patterns) {
    arguments.push_back(pattern.ends_with('/') ? pattern + "*" : pattern);
    // Asked for by name, the peeled form of a tag has to be asked for too.
    if (pattern.starts_with("refs/tags/") && !pattern.ends_with('/')) {
      arguments.push_back(pattern + "^{}");
    }
  }
  return printed(run_guarded(arguments, {}, {}));
}

Result<void> GuardedGit::fetch(const std::string& from, const std::vector<std::string>& wants,
                               const FetchDepth& depth, const Quarantine& quarantine) const {
  std::vector<std::string> arguments = {"fetch",
                                        "--quiet",
                                        "--no-tags",
                                        "--no-write-fetch-head",
                                        "--no-auto-gc",
                                        "--no-recurse-submodules",
                                        "--no-show-forced-updates"};
  if (const std::string option = option_of(depth); !option.empty()) arguments.push_back(option);
  arguments.emplace_back("--end-of-options");
  arguments.push_back(from);
  arguments.insert(arguments.end(), wants.begin(), wants.end());
  TRY(printed(run_in(quarantine.path(), arguments,
                     {"GIT_ALTERNATE_OBJECT_DIRECTORIES=" + directory_ + "/objects"}, {})));
  return {};
}

Result<void> GuardedGit::merge_packs() const {
  // Of a merge that was ended half way; nobody else writes this file.
  std::error_code ignored;
  std::filesystem::remove(directory_ + "/shallow.lock", ignored);
  TRY(printed(run_guarded({"repack", "-d", "--geometric=2", "--quiet"}, {}, {})));
  return {};
}

}  // namespace plumb
