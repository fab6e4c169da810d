// The commands of `plumb-ci`: what each is asked for and the function that does it. A function
// returns the exit code; an Error becomes exit code 2 (3 when a deadline passed).
#pragma once

#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cmd/shared/terminal.h"
#include "cmd/shared/verify.h"

namespace plumb::ci {

// Which repository is written to, and as whom. Secrets come by files, or by the environment
// (PLUMB_GIT_TOKEN, PLUMB_GIT_USERNAME, PLUMB_GIT_PASSWORD, PLUMB_GIT_SSH_KEY,
// PLUMB_GIT_KNOWN_HOSTS, PLUMB_SIGNING_KEY), never by the command line, which others can read.
struct RepositoryOptions {
  std::string url;
  std::string branch = "main";
  std::string pull_request;  // a new branch that is pushed instead
  std::string ca_file;
  std::string ssh_key_file;
  std::string known_hosts_file;
  std::string signing_key_file;  // an SSH private key
  std::string openpgp_key;       // an id, in the keyring of GNUPGHOME
  std::string author_name = "plumb-ci";
  std::string author_email = "plumb-ci@localhost";
  std::string message;  // "" for one made from the change
  bool dry_run = false;
  bool allow_http = false;
  Duration timeout = std::chrono::minutes(2);
};

struct SetImageCommand {
  RepositoryOptions repository;
  std::string path = ".";
  std::vector<std::string> settings;  // NAME=IMAGE:TAG
};
struct RevertCommand {
  RepositoryOptions repository;
  std::vector<std::string> paths;
  std::string to;                    // the commit whose state comes back
  std::string unless_changed_since;  // a commit: nothing is done where the paths differ from it
  std::string app;                   // "prod/web", for a trailer
};
// What a change of the config repository changes; needs no cluster.
struct PlanCommand {
  RepositoryOptions repository;   // url: a directory, or a URL that is fetched
  std::string range;              // "BASE..HEAD", or "BASE...HEAD" from where they parted
  std::vector<std::string> apps;  // folders; none: what App resources say
  std::string repository_name;    // only Apps of this Repository
  std::vector<std::string> remote_bases = {};  // hosts that bases may be fetched from
  std::string output = "text";                 // text, markdown, json, yaml
  ColorChoice color = ColorChoice::automatic;
};
struct VerifyCommand {
  VerifyRequest request;
  std::string output = "text";
  ColorChoice color = ColorChoice::automatic;
};
struct TextCommand {  // help, version
  std::string text;
};

using Command =
    std::variant<SetImageCommand, RevertCommand, PlanCommand, VerifyCommand, TextCommand>;

// The only part that knows CLI11.
[[nodiscard]] Result<Command> parse_arguments(int count, const char* const* words);

[[nodiscard]] Result<int> run(const SetImageCommand& command, std::stop_token stop);
[[nodiscard]] Result<int> run(const RevertCommand& command, std::stop_token stop);
[[nodiscard]] Result<int> run(const PlanCommand& command, std::stop_token stop);
[[nodiscard]] Result<int> run(const VerifyCommand& command, std::stop_token stop);
[[nodiscard]] Result<int> run(const TextCommand& command, std::stop_token stop);

}  // namespace plumb::ci
