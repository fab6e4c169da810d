#include <CLI/CLI.hpp>
#include <map>

#include "base/text.h"
#include "cmd/ci/commands.h"

namespace plumb::ci {
namespace {

constexpr const char* kAbout =
    "plumb-ci: what a CI job does to a config repository. It holds no way to a cluster.\n\n"
    "Secrets come by the environment: PLUMB_GIT_TOKEN, or PLUMB_GIT_USERNAME and\n"
    "PLUMB_GIT_PASSWORD; PLUMB_GIT_SSH_KEY and PLUMB_GIT_KNOWN_HOSTS; PLUMB_SIGNING_KEY.\n\n"
    "Examples:\n"
    "  plumb-ci set-image --repo URL --path apps/web web=reg.example/web:v2\n"
    "  plumb-ci revert --repo URL --path apps/web --to 1a2b3c4\n"
    "  plumb-ci plan origin/main...HEAD -o markdown\n"
    "  plumb-ci verify --policy policy.yaml --range origin/main..HEAD\n\n"
    "Exit codes: 0 done, 1 differences (plan) or not trusted (verify), 2 an error,\n"
    "3 a deadline passed.\n";

struct Words {
  SetImageCommand set_image;
  RevertCommand revert;
  PlanCommand plan;
  VerifyCommand verify;
  RepositoryOptions repository;
  std::string timeout = "2m";
};

void add_connection(CLI::App& app, Words& words) {
  RepositoryOptions& out = words.repository;
  app.add_option("--ssh-key", out.ssh_key_file, "File of the SSH key to connect with");
  app.add_option("--known-hosts", out.known_hosts_file, "File of the host's SSH keys");
  app.add_option("--ca", out.ca_file, "File of the certificate authorities to trust");
  app.add_option("--timeout", words.timeout, "How long all may take (default 2m)");
  app.add_flag("--allow-http", out.allow_http, "Allow a URL without encryption");
}

void add_commit(CLI::App& app, Words& words) {
  RepositoryOptions& out = words.repository;
  app.add_option("--repo", out.url, "URL of the config repository")->required();
  app.add_option("--branch", out.branch, "The branch that is changed (default main)");
  app.add_option("--pull-request", out.pull_request, "Push a new branch of this name instead");
  app.add_option("--message", out.message, "First line of the commit's message");
  app.add_option("--author-name", out.author_name, "Name in the commit");
  app.add_option("--author-email", out.author_email, "Mail address in the commit");
  app.add_option("--signing-key", out.signing_key_file, "File of an SSH key to sign with");
  app.add_option("--openpgp-key", out.openpgp_key, "Id of an OpenPGP key to sign with");
  app.add_flag("--dry-run", out.dry_run, "Say what would change; push nothing");
  add_connection(app, words);
}

void add_set_image(CLI::App& app, Words& words) {
  add_commit(app, words);
  app.add_option("--path", words.set_image.path, "A folder or file (default: all)");
  app.add_option("settings", words.set_image.settings, "NAME=IMAGE:TAG, NAME=:TAG, ...")
      ->required();
}

void add_revert(CLI::App& app, Words& words) {
  add_commit(app, words);
  app.add_option("--path", words.revert.paths, "A folder or file; may be given again")->required();
  app.add_option("--to", words.revert.to, "The commit whose state comes back")->required();
  app.add_option("--unless-changed-since", words.revert.unless_changed_since,
                 "Do nothing where the path is not as this commit has it");
  app.add_option("--app", words.revert.app, "The app that it is for, as NAMESPACE/NAME");
}

void add_color(CLI::App& app, ColorChoice& color) {
  const std::map<std::string, ColorChoice> colors{{"auto", ColorChoice::automatic},
                                                  {"always", ColorChoice::always},
                                                  {"never", ColorChoice::never}};
  app.add_option("--color", color, "auto (default), always or never")
      ->transform(CLI::CheckedTransformer(colors, CLI::ignore_case));
}

void add_remote_bases(CLI::App& app, std::vector<std::string>& out) {
  app.add_option("--remote-bases", out,
                 "Hosts that bases of kustomizations may be fetched from, as github.com/org,...")
      ->delimiter(',');
}

void add_plan(CLI::App& app, Words& words) {
  PlanCommand& out = words.plan;
  app.add_option("range", out.range, "BASE..HEAD, or BASE...HEAD from where HEAD left BASE")
      ->required();
  app.add_option("--repo", words.repository.url, "A clone (default .), or a URL to fetch");
  app.add_option("--app", out.apps,
                 "Folder of an app, \"apps/*\" for several; may be given again. "
                 "Default: the App resources of the repository");
  app.add_option("--repository-name", out.repository_name, "Only Apps of this Repository");
  add_remote_bases(app, out.remote_bases);
  app.add_option("-o,--output", out.output, "text (default), markdown, json or yaml")
      ->check(CLI::IsMember({"text", "markdown", "json", "yaml"}));
  add_color(app, out.color);
  add_connection(app, words);
}

void add_verify(CLI::App& app, Words& words) {
  VerifyCommand& out = words.verify;
  app.add_option("--policy", out.request.policy, "File of the TrustPolicy")->required();
  app.add_option("--range", out.request.range, "Commits A..B; B alone from the policy's anchor")
      ->required();
  app.add_option("--repo", out.request.repository, "A clone of the repository (default .)");
  app.add_option("--ref", out.request.ref, "Which source of the policy, where it has several");
  add_remote_bases(app, out.request.remote_bases);
  app.add_option("-o,--output", out.output, "text (default), json or yaml")
      ->check(CLI::IsMember({"text", "json", "yaml"}));
  add_color(app, out.color);
}

Result<void> check(const Words& words) {
  const RepositoryOptions& options = words.repository;
  if (!options.signing_key_file.empty() && !options.openpgp_key.empty()) {
    return Error(kUsage, "--signing-key and --openpgp-key exclude each other");
  }
  if (options.message.find('\n') != std::string::npos) {
    return Error(kUsage, "--message is one line");
  }
  if (words.revert.app.find('\n') != std::string::npos) {
    return Error(kUsage, "--app is one line");
  }
  return {};
}

Command command_of(const std::string& name, Words& words) {
  if (name == "verify") return words.verify;
  if (name == "plan") {
    words.plan.repository = words.repository;
    if (words.repository.url.empty()) words.plan.repository.url = ".";
    return words.plan;
  }
  if (name == "revert") {
    words.revert.repository = words.repository;
    return words.revert;
  }
  words.set_image.repository = words.repository;
  return words.set_image;
}

}  // namespace

Result<Command> parse_arguments(int count, const char* const* given) {
  Words words;
  CLI::App app(kAbout, "plumb-ci");
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("plumb-ci ") + PLUMB_VERSION);
  struct Verb {
    const char* name;
    const char* help;
    void (*add)(CLI::App&, Words&);
  };
  for (const Verb& verb :
       {Verb{"set-image", "Set images in the files of a path", add_set_image},
        Verb{"revert", "Take back what a path got since a commit", add_revert},
        Verb{"plan", "Show what a change does to the rendered manifests", add_plan},
        Verb{"verify", "Judge commits by a trust policy, as the operator does", add_verify}}) {
    verb.add(*app.add_subcommand(verb.name, verb.help), words);
  }
  try {
    app.parse(count, given);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    return Command(TextCommand{chosen.empty() ? app.help() : chosen.front()->help()});
  } catch (const CLI::CallForVersion&) {
    return Command(TextCommand{std::string("plumb-ci ") + PLUMB_VERSION + "\n"});
  } catch (const CLI::ParseError& error) {
    return Error(kUsage, escape_terminal(error.what())).with_help("plumb-ci --help");
  }
  TRY(check(words));
  const Result<Duration> timeout = parse_duration(words.timeout);
  if (!timeout || *timeout <= Duration::zero()) {
    return Error(kUsage, "--timeout is no duration").with_help("write it as 90s or 5m");
  }
  words.repository.timeout = *timeout;
  return command_of(app.get_subcommands().front()->get_name(), words);
}

}  // namespace plumb::ci
