// plumb-operator: keeps the cluster it runs in equal to the repositories its custom resources name.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <random>
#include <set>

#include "base/text.h"
#include "control/operator.h"
#include "core/spec/shard.h"
#include "edge/os/segment_log.h"

// Read by jemalloc, of the process as a whole. One heap, and small caches by thread: twenty threads
// that do little keep what is in them. What is free goes back to the system within a second or two.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf =
    "narenas:1,lg_tcache_max:8,tcache_nslots_small_max:16,"
    "dirty_decay_ms:1000,muzzy_decay_ms:0,background_thread:true";
}

namespace plumb {
namespace {

struct Flags {
  KubeconfigOptions kubeconfig;
  OperatorOptions options;
  std::string log_level = "info";
  bool leader_elect = false;
  bool print_ledger = false;
  ElectionOptions election{.lease = {"", "plumb-operator"}};
};

void add_duration(CLI::App& app, const std::string& name, Duration& value,
                  const std::string& what) {
  const auto parse = [&value](const std::string& text) {
    const Result<Duration> parsed = parse_duration(text);
    if (!parsed) throw CLI::ValidationError(parsed.error().summary());
    value = *parsed;
  };
  app.add_option_function<std::string>(name, parse, what)
      ->default_str(format_duration(value))
      ->type_name("DURATION");
}

// Names of kube-controller-manager.
void declare_election_flags(CLI::App& app, Flags& flags) {
  app.add_flag("--leader-elect", flags.leader_elect,
               "work only while holding a Lease, so that other replicas may stand by");
  app.add_option("--leader-elect-resource-name", flags.election.lease.name, "name of the Lease")
      ->capture_default_str();
  app.add_option("--leader-elect-resource-namespace", flags.election.lease.namespace_,
                 "namespace of the Lease; without it that of the Pod");
  app.add_option("--shards", flags.options.shards,
                 "divide the work into so many parts among the replicas; more than one needs "
                 "--leader-elect")
      ->capture_default_str()
      ->check(CLI::Range(uint32_t{1}, kMostShards));
  add_duration(app, "--leader-elect-lease-duration", flags.election.duration,
               "how long after its last renewal a Lease is taken over");
  add_duration(app, "--leader-elect-renew-deadline", flags.election.renew_deadline,
               "how long after its last renewal the holder still writes");
  add_duration(app, "--leader-elect-retry-period", flags.election.retry_period,
               "time between renewals, and between attempts");
}

void declare_flags(CLI::App& app, Flags& flags) {
  app.set_version_flag("--version", "plumb-operator " PLUMB_VERSION);
  app.add_option("--kubeconfig", flags.kubeconfig.path,
                 "kubeconfig file; without it the Pod's ServiceAccount is used");
  app.add_option("--context", flags.kubeconfig.context, "context of the kubeconfig");
  app.add_option("--cache-dir", flags.options.cache_directory,
                 "folder of the Git stores; may be lost at any time")
      ->capture_default_str();
  app.add_option("--ledger-dir", flags.options.ledger_directory,
                 "folder of the ledger: who changed what; it must outlive the Pod to be of use");
  app.add_flag("--print-ledger", flags.print_ledger, "print the records of --ledger-dir, and end");
  app.add_option("--listen-address", flags.options.listen_address,
                 "address of /healthz, /readyz, /metrics and /hook")
      ->capture_default_str();
  app.add_option("--port", flags.options.listen_port,
                 "port of /healthz, /readyz and /metrics; 0 takes a free one")
      ->capture_default_str()
      ->check(CLI::Range(0, 65535));
  app.add_option("--webhook-port", flags.options.webhook_port, "port of /hook; 0 takes a free one")
      ->capture_default_str()
      ->check(CLI::Range(0, 65535));
  app.add_option("--namespace", flags.options.watch_namespace,
                 "watch the Apps and Repositories of this namespace only");
  app.add_option("--trust", flags.options.trust,
                 "none: apply repositories that have no trust policy; required: apply no others, "
                 "whatever a Repository declares")
      ->check(CLI::IsMember({"none", "required"}));
  app.add_option("--app-workers", flags.options.app_workers, "turns of apps at the same time")
      ->capture_default_str()
      ->check(CLI::Range(2, 256));
  app.add_option("--repository-workers", flags.options.repository_workers,
                 "fetches at the same time")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  app.add_flag("--allow-http", flags.options.git.allow_http,
               "allow http:// repositories (plain text)");
  app.add_flag("--allow-file", flags.options.git.allow_file, "allow file:// repositories (tests)");
  const auto parse_bases = [&flags](const std::vector<std::string>& entries) {
    Result<AllowedRemotes> allowed = AllowedRemotes::parse(entries);
    if (!allowed) throw CLI::ValidationError(allowed.error().summary());
    flags.options.remote_bases = *std::move(allowed);
  };
  app.add_option_function<std::vector<std::string>>(
         "--remote-bases", parse_bases,
         "hosts that bases of kustomizations may be fetched from, by commit, as "
         "git.example.com,github.com/org; none without it")
      ->delimiter(',')
      ->type_name("HOST[/PATH],...");
  app.add_option("--log-level", flags.log_level, "least level that is logged")
      ->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  declare_election_flags(app, flags);
}

LogLevel level_of(const std::string& name) {
  if (name == "debug") return LogLevel::debug;
  if (name == "warn") return LogLevel::warn;
  if (name == "error") return LogLevel::error;
  return LogLevel::info;
}

// Signals are taken by sigwait on the main thread: no handler runs, every other thread has them
// blocked.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

int fail(const Error& error) {
  std::fputs(escape_terminal(error.render(), true).c_str(), stderr);
  return 1;
}

// Unique for each process: a container that is restarted keeps its host name.
std::string new_identity() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host = {"plumb-operator"};
  std::random_device random;
  return std::string(host.data()) + "_" + std::to_string(random()) + std::to_string(random());
}

void configure_election(Flags& flags) {
  if (!flags.leader_elect) return;
  flags.election.identity = new_identity();
  std::string& space = flags.election.lease.namespace_;
  if (space.empty()) space = flags.options.access.namespace_;
  if (space.empty()) space = "plumb-system";
  flags.options.election = flags.election;
}

// Waits for a signal to end. Meanwhile, what a burst of turns needed is given back once it is over:
// the next one may come in a week.
int wait_for_signal(const sigset_t& signals, Operator& running) {
  constexpr timespec kLook{2, 0};
  uint64_t seen = 0;
  bool is_at_rest = true;
  while (true) {
    const int signal = sigtimedwait(&signals, nullptr, &kLook);
    if (signal > 0) return signal;
    const uint64_t turns = running.turns();
    if (turns != seen) {
      is_at_rest = false;
    } else if (!is_at_rest) {
      running.rest();
      is_at_rest = true;
    }
    seen = turns;
  }
}

std::string shards_in(const std::string& directory) {
  std::set<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with("shard-")) names.insert(name);
  }
  std::string out;
  for (const std::string& name : names) out += " " + name;
  return out;
}

// For `kubectl exec`: the image has no other program.
int print_ledger(const std::string& directory) {
  if (directory.empty()) {
    return fail(Error(kInvalidArgument, "--print-ledger needs --ledger-dir"));
  }
  std::error_code error;
  if (!std::filesystem::exists(directory, error)) {
    std::fprintf(stderr, "no ledger in %s: this replica did not work yet\n", directory.c_str());
    return 0;
  }
  size_t lines = 0;
  const Result<void> read = read_segments(directory, [&](std::string_view line) {
    ++lines;
    return std::fwrite(line.data(), 1, line.size(), stdout) == line.size() &&
           std::fputc('\n', stdout) != EOF;
  });
  if (!read) return fail(read.error());
  if (const std::string shards = shards_in(directory); lines == 0 && !shards.empty()) {
    return fail(Error(kInvalidArgument, "each shard has a ledger of its own:" + shards)
                    .with_help("--ledger-dir " + directory + "/shard-N"));
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}

int run(Flags flags) {
  if (flags.print_ledger) return print_ledger(flags.options.ledger_directory);
  if (flags.options.shards > 1 && !flags.leader_elect) {
    return fail(Error(kInvalidArgument, "--shards needs --leader-elect")
                    .with_help("add --leader-elect: a Lease for each shard says who works on it"));
  }
  const sigset_t signals = block_signals();
  const Log log(make_fd_sink(STDERR_FILENO), level_of(flags.log_level));
  flags.options.log = log;
  Result<ClusterAccess> access = find_cluster_access(flags.kubeconfig);
  if (!access) return fail(access.error());
  flags.options.access = std::move(*access);
  configure_election(flags);
  // Nothing is worth keeping: what another replica does from now on, or what a restored cluster
  // holds, must not be seen through an old memory.
  flags.options.on_lost = [log](const Error& error) {
    log.error("stopping at once", {{"error", error.summary()}});
    _exit(1);
  };
  const Duration patience = flags.options.shutdown_within;
  Result<std::unique_ptr<Operator>> started = Operator::start(std::move(flags.options));
  if (!started) return fail(started.error());
  const int signal = wait_for_signal(signals, **started);
  log.info("stopping", {{"signal", signal}});
  // A request that hangs must not keep the Pod beyond its grace: what is applied twice is applied
  // once.
  std::signal(SIGALRM, [](int) { _exit(0); });
  alarm(static_cast<unsigned>(std::chrono::duration_cast<std::chrono::seconds>(patience).count()));
  (*started)->stop();
  log.info("stopped");
  _exit(0);
}

}  // namespace
}  // namespace plumb

int main(int argc, char** argv) {
  CLI::App app("Keeps a Kubernetes cluster equal to Git repositories.", "plumb-operator");
  plumb::Flags flags;
  plumb::declare_flags(app, flags);
  CLI11_PARSE(app, argc, argv);
  return plumb::run(std::move(flags));
}
