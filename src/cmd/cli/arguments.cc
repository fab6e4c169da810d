#include "cmd/cli/arguments.h"

#include <CLI/CLI.hpp>
#include <map>
#include <vector>

#include "base/text.h"

namespace plumb::cli {

namespace {

constexpr const char* kExamples =
    "Plumb keeps a cluster true to Git.\n\n"
    "Examples:\n"
    "  plumb render apps/web          what a folder renders to; no cluster needed\n"
    "  plumb diff apps/web            what it would change in the cluster\n"
    "  plumb why web                  why an app is in the state it is in\n";

struct Words {  // what CLI11 fills in
  GlobalOptions options;
  std::string subject;
  std::string app;
  std::string timeout = "5m";
  std::string policy;
  std::string range;
  std::string repository = ".";
  std::vector<std::string> remote_bases;
  std::string ref;
  std::string key;
  std::string valid_for = "720h";
  std::string to;
  std::string remote;
  std::string shared;
  std::string path;
  std::string clone;
  std::string ledger;
  std::string head;
  std::string revision;
  std::string lease = "plumb-operator";
  std::vector<std::string> files;
  std::string app_file;
  std::vector<std::string> variables;
  std::vector<std::string> vars_files;
  bool strict = false;
  uint64_t first = 1;
  bool wait = false;
};

struct Verb {
  const char* name;
  const char* help;
  const char* argument;  // "" for none
  bool required;
  const char* example;
};

constexpr Verb kVerbs[] = {
    {"render", "Print the manifests of a local folder", "PATH", false, "plumb render apps/web"},
    {"diff", "Show what a local folder, or an app's repository, would change in the cluster",
     "PATH|APP", true, "plumb diff apps/web --app prod/web"},
    {"status", "List apps and their state", "APP", false, "plumb status -A"},
    {"tree", "Show the objects of an app with their health", "APP", true, "plumb tree web"},
    {"why", "Explain the state of an app, an object or a repository", "APP|Kind/name|repo/NAME",
     true, "plumb why web"},
    {"history", "List the revisions an app was on", "APP", true, "plumb history web"},
    {"blame", "Show which commit, file and line set each field of an object", "Kind/name", true,
     "plumb blame Deployment/web"},
    {"sync", "Ask for a sync now", "APP|repo/NAME", true, "plumb sync web --wait"},
    {"rollback", "Revert what an app's path got, from your clone, and wait for the cluster", "APP",
     true, "plumb rollback web"},
    {"suspend", "Stop applying and healing", "APP|repo/NAME", true, "plumb suspend web"},
    {"resume", "Go on after suspend", "APP|repo/NAME", true, "plumb resume web"},
    {"verify", "Judge commits by a trust policy, as the operator does; no cluster needed", "",
     false, "plumb verify --policy policy.yaml --range origin/main..HEAD"},
    {"approve", "Sign that you approve a change", "COMMIT|A..B", true,
     "plumb approve --policy policy.yaml origin/main..HEAD"},
    {"trust", "Write, check or explain a trust policy, or sign that a source is up to date",
     "init|lint|explain|heartbeat", true,
     "plumb trust explain apps/web/kustomization.yaml --policy policy.yaml"},
    {"audit", "Check an exported ledger, or show where the operator's ends", "verify|head", true,
     "plumb audit verify ledger.jsonl --repo . --policy policy.yaml"},
    {"version", "Print the version", "", false, "plumb version"},
    {"completion", "Print a completion script", "bash|zsh|fish", true,
     "source <(plumb completion bash)"},
};

// CLI11 takes every argument for optional and shows it twice.
class UsageOf : public CLI::Formatter {
 public:
  explicit UsageOf(const Verb& verb) : verb_(verb) {}
  std::string make_usage(const CLI::App*, std::string) const override {
    const std::string argument =
        verb_.required ? verb_.argument : "[" + std::string(verb_.argument) + "]";
    const std::string second = verb_.name == std::string_view("trust") ? " [PATH|COMMIT]" : "";
    return std::string("Usage: plumb ") + verb_.name + " " + argument + second + " [OPTIONS]\n";
  }

 private:
  const Verb& verb_;
};

const Verb* find_verb(const std::string& name) {
  for (const Verb& verb : kVerbs) {
    if (name == verb.name) return &verb;
  }
  return nullptr;
}

void add_globals(CLI::App& app, Words& words) {
  const std::map<std::string, OutputFormat> formats = {
      {"table", OutputFormat::table}, {"json", OutputFormat::json}, {"yaml", OutputFormat::yaml}};
  const std::map<std::string, ColorChoice> colors = {{"auto", ColorChoice::automatic},
                                                     {"always", ColorChoice::always},
                                                     {"never", ColorChoice::never}};
  GlobalOptions& options = words.options;
  app.add_option("-n,--namespace", options.namespace_, "Namespace (default: of the context)");
  app.add_flag("-A,--all-namespaces", options.all_namespaces, "Look in all namespaces");
  app.add_option("--context", options.context, "Context of the kubeconfig");
  app.add_option("--kubeconfig", options.kubeconfig, "Kubeconfig file");
  app.add_option_function<std::string>(
         "-o,--output",
         [&options, formats](const std::string& word) { options.output = formats.at(word); },
         "Output: table, json or yaml")
      ->check(CLI::IsMember({"table", "json", "yaml"}));
  app.add_option_function<std::string>(
         "--color",
         [&options, colors](const std::string& word) { options.color = colors.at(word); },
         "Colours: auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
}

void add_remote_bases(CLI::App& sub, Words& words) {
  sub.add_option("--remote-bases", words.remote_bases,
                 "Hosts that bases of kustomizations may be fetched from, as github.com/org,...")
      ->delimiter(',');
}

void add_render_options(CLI::App& sub, Words& words) {
  sub.add_option("--app-file", words.app_file,
                 "Render as this App says: images, patches, components, variables");
  sub.add_option("--var", words.variables, "Value of a variable, as NAME=VALUE")
      ->expected(1)
      ->take_all();
  sub.add_option("--vars-file", words.vars_files, "File of lines NAME=VALUE")
      ->expected(1)
      ->take_all();
  sub.add_flag("--strict", words.strict, "Every variable needs a value or a default");
  add_remote_bases(sub, words);
}

void add_trust_options(CLI::App& sub, const std::string& name, Words& words) {
  sub.add_option("--policy", words.policy, "File of the TrustPolicy");
  sub.add_option("--repo", words.repository, "Clone of the repository (default: here)");
  sub.add_option("--ref", words.ref, "Which source of the policy, as refs/heads/main");
  if (name == "verify") {
    sub.add_option("--range", words.range, "A..B; without A from the policy's anchor");
    add_remote_bases(sub, words);
  } else if (name == "approve") {
    sub.add_option("--key", words.key, "Private SSH key, or OpenPGP key (default: git's)");
    sub.add_option("--valid-for", words.valid_for, "How long it counts (default 720h)");
  } else {
    sub.add_option("PATH", words.path)->group("");
    sub.add_option("--key", words.key, "Private SSH key, or OpenPGP key (default: git's)");
  }
}

// "verify" is a command of its own, too: a plain argument of that name would be taken for it.
void add_audit_actions(CLI::App& audit, Words& words) {
  CLI::App* verify = audit.add_subcommand("verify", "Is an exported ledger whole?");
  verify->add_option("FILES", words.files,
                     "Files of one ledger, in any order: of each replica, of each day");
  verify->add_option("--repo", words.clone, "A clone that must have the commits");
  verify->add_option("--policy", words.policy, "TrustPolicy that they are judged by again");
  verify->add_option("--head", words.head, "Record that must be there, as 41:9f86d0...");
  verify->add_option("--first", words.first, "Number of the first record (default 1)")
      ->check(CLI::PositiveNumber);
  add_remote_bases(*verify, words);
  CLI::App* head = audit.add_subcommand("head", "Where the operator's ledger ends");
  head->add_option("--lease", words.lease, "The operator's Lease (default plumb-operator)");
  for (CLI::App* action : {verify, head}) {
    action->fallthrough();
    action->callback([&words, name = action->get_name()] { words.subject = name; });
  }
}

void add_verbs(CLI::App& app, Words& words) {
  for (const Verb& verb : kVerbs) {
    CLI::App* sub = app.add_subcommand(verb.name, verb.help);
    sub->fallthrough();
    sub->footer(std::string("Example: ") + verb.example +
                "\nplumb --help lists the flags of every command");
    const std::string name = verb.name;
    if (*verb.argument != '\0' && name != "audit") {
      // Whether it is there is ours to check: with an example.
      sub->formatter(std::make_shared<UsageOf>(verb));
      sub->add_option(verb.argument, words.subject)->group("");
    }
    if (name == "render") {
      add_render_options(*sub, words);
    } else if (name == "diff") {
      sub->add_option("--app", words.app, "Count this app's inventory and target namespace");
      add_remote_bases(*sub, words);
    } else if (name == "blame") {
      sub->add_option("--path", words.path,
                      "Folder of the app in the repository; no cluster is asked");
      sub->add_option("--repo", words.clone, "Clone of the repository (default: here)");
      sub->add_option("--revision", words.revision,
                      "Commit to begin at (default: the applied one; with --path HEAD)");
      add_remote_bases(*sub, words);
    } else if (name == "sync") {
      sub->add_flag("--wait", words.wait, "Until the sync has come to an end");
      sub->add_option("--timeout", words.timeout, "How long to wait (default 5m)");
    } else if (name == "rollback") {
      sub->add_option("--to", words.to, "Commit to go back to (default: the last good one)");
      sub->add_option("--repo", words.repository, "Clone of the repository (default: here)");
      sub->add_option("--remote", words.remote,
                      "Remote to push to (default: the app's repository)");
      sub->add_option("--shared", words.shared,
                      "Files outside the app's path that it is made from: keep or revert")
          ->check(CLI::IsMember({"keep", "revert"}));
      sub->add_option("--timeout", words.timeout, "How long to wait (default 5m)");
    } else if (name == "verify" || name == "approve" || name == "trust") {
      add_trust_options(*sub, name, words);
    } else if (name == "history") {
      sub->add_option("--ledger", words.ledger, "From an exported ledger; no cluster needed");
    } else if (name == "audit") {
      add_audit_actions(*sub, words);
    }
  }
}

std::vector<std::string> verb_names() {
  std::vector<std::string> names;
  for (const Verb& verb : kVerbs) names.emplace_back(verb.name);
  return names;
}

std::vector<std::string> flag_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// Words that no command or flag took.
Error unexpected(const CLI::App& app, const CLI::App* sub, const std::string& word) {
  if (word.starts_with('-')) {
    std::vector<std::string> known = flag_names(app);
    if (sub != nullptr) {
      for (std::string& name : flag_names(*sub)) known.push_back(std::move(name));
    }
    const std::string near = nearest(word, known);
    Error error(kUsage, "unknown flag " + safe(word));
    return error.with_help(near.empty() ? "plumb --help lists the flags"
                                        : "did you mean " + near + "?");
  }
  if (sub == nullptr) {
    const std::string near = nearest(word, verb_names());
    return Error(kUsage, "unknown command \"" + safe(word) + "\"")
        .with_help(near.empty() ? "plumb --help lists the commands"
                                : "did you mean plumb " + near + "?");
  }
  return Error(kUsage, "unexpected argument \"" + safe(word) + "\"")
      .with_help(std::string("example: ") + find_verb(sub->get_name())->example);
}

Result<Command> render_command(const Verb& verb, const Words& words) {
  if (words.subject.empty() && words.app_file.empty()) {
    return Error(kUsage, "plumb render needs PATH")
        .with_help(std::string("example: ") + verb.example);
  }
  return Command(RenderCommand{words.subject, words.app_file, words.variables, words.vars_files,
                               words.strict, words.remote_bases});
}

Command blame_command(const Words& words) {
  return BlameCommand{words.subject, words.path, words.clone, words.revision, words.remote_bases};
}

SharedSources shared_of(const std::string& word) {
  if (word == "keep") return SharedSources::keep;
  return word == "revert" ? SharedSources::revert : SharedSources::refuse;
}

Result<Command> command_of(const Verb& verb, const Words& words) {
  const std::string name = verb.name;
  if (verb.required && words.subject.empty()) {
    return Error(kUsage, "plumb " + name + " needs " + verb.argument)
        .with_help(std::string("example: ") + verb.example);
  }
  if (!words.options.namespace_.empty() && words.options.all_namespaces) {
    return Error(kUsage, "--namespace and --all-namespaces exclude each other");
  }
  if (name == "render") return render_command(verb, words);
  if (name == "diff") return Command(DiffCommand{words.subject, words.app, words.remote_bases});
  if (name == "status") return Command(StatusCommand{words.subject});
  if (name == "tree") return Command(TreeCommand{words.subject});
  if (name == "why") return Command(WhyCommand{words.subject});
  if (name == "history") return Command(HistoryCommand{words.subject, words.ledger});
  if (name == "blame") return blame_command(words);
  if (name == "suspend") return Command(SuspendCommand{words.subject, true});
  if (name == "resume") return Command(SuspendCommand{words.subject, false});
  if (name == "verify") {
    return Command(
        VerifyCommand{words.range, words.policy, words.repository, words.ref, words.remote_bases});
  }
  if (name == "approve") {
    const Result<Duration> valid_for = parse_duration(words.valid_for);
    if (!valid_for || *valid_for <= Duration::zero()) {
      return Error(kUsage, "--valid-for \"" + safe(words.valid_for) + "\" is not a duration")
          .with_help("write it as 720h");
    }
    return Command(ApproveCommand{words.subject, words.policy, words.repository, words.ref,
                                  words.key, *valid_for});
  }
  if (name == "trust") {
    return Command(TrustCommand{words.subject, words.path, words.policy, words.repository,
                                words.ref, words.key});
  }
  if (name == "audit") {
    return Command(AuditCommand{words.subject, words.files, words.clone, words.policy, words.head,
                                words.first, words.lease, words.remote_bases});
  }
  if (name == "version") return Command(VersionCommand{});
  if (name == "completion") {
    if (words.subject != "bash" && words.subject != "zsh" && words.subject != "fish") {
      return Error(kUsage, "no completion for \"" + safe(words.subject) + "\"")
          .with_help("shells: bash, zsh, fish");
    }
    return Command(CompletionCommand{words.subject});
  }
  Result<Duration> timeout = parse_duration(words.timeout);
  if (!timeout || *timeout <= Duration::zero()) {
    return Error(kUsage, "--timeout \"" + safe(words.timeout) + "\" is not a duration")
        .with_help("write it as 90s, 5m or 1h30m");
  }
  if (name == "rollback") {
    return Command(RollbackCommand{words.subject, words.to, words.repository, words.remote,
                                   shared_of(words.shared), *timeout});
  }
  return Command(SyncCommand{words.subject, words.wait, *timeout});
}

const CLI::App* chosen(const CLI::App& app) {
  const std::vector<CLI::App*> subs = app.get_subcommands();
  return subs.empty() ? nullptr : subs.front();
}

std::vector<FlagWords> flag_words(const CLI::App& app) {
  std::vector<FlagWords> out;
  for (const CLI::Option* option : app.get_options()) {
    FlagWords flag{{}, option->get_description(), option->get_items_expected_max() > 0};
    for (const std::string& name : option->get_snames()) flag.names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) flag.names.push_back("--" + name);
    if (!flag.names.empty()) out.push_back(std::move(flag));
  }
  return out;
}

void add_all(CLI::App& app, Words& words) {
  app.allow_extras();
  add_globals(app, words);
  add_verbs(app, words);
}

}  // namespace

Grammar grammar() {
  Words words;
  CLI::App app(kExamples, "plumb");
  add_all(app, words);
  Grammar out{.flags = flag_words(app), .verbs = {}};
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    VerbWords verb{sub->get_name(), sub->get_description(), flag_words(*sub)};
    // --help is among the flags of all.
    std::erase_if(verb.flags, [](const FlagWords& flag) { return flag.names.back() == "--help"; });
    out.verbs.push_back(std::move(verb));
  }
  return out;
}

Result<Arguments> parse_arguments(int count, const char* const* words_given) {
  Words words;
  if (count > 1 && std::string_view(words_given[1]) == "__complete") {
    return Arguments{words.options, CompleteCommand{{words_given + 2, words_given + count}}};
  }
  CLI::App app(kExamples, "plumb");
  add_all(app, words);
  try {
    app.parse(count, words_given);
  } catch (const CLI::CallForHelp&) {
    return Arguments{words.options, HelpCommand{app.help()}};
  } catch (const CLI::ParseError& error) {
    return Error(kUsage, escape_terminal(error.what())).with_help("plumb --help");
  }
  const CLI::App* sub = chosen(app);
  const std::vector<std::string> extras = app.remaining(true);
  if (!extras.empty()) return unexpected(app, sub, extras.front());
  if (sub == nullptr) {
    return Error(kUsage, "no command given").with_help("plumb --help lists the commands");
  }
  Command command = TRY(command_of(*find_verb(sub->get_name()), words));
  return Arguments{words.options, std::move(command)};
}

}  // namespace plumb::cli
