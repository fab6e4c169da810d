// plumb-operator: keeps the cluster it runs in equal to the repositories its custom resources name.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "base/text.h"
#include "control/operator.h"

namespace plumb {
namespace {

struct Flags {
  KubeconfigOptions kubeconfig;
  OperatorOptions options;
  std::string log_level = "info";
};

void declare_flags(CLI::App& app, Flags& flags) {
  app.set_version_flag("--version", "plumb-operator " PLUMB_VERSION);
  app.add_option("--kubeconfig", flags.kubeconfig.path,
                 "kubeconfig file; without it the Pod's ServiceAccount is used");
  app.add_option("--context", flags.kubeconfig.context, "context of the kubeconfig");
  app.add_option("--cache-dir", flags.options.cache_directory,
                 "folder of the Git stores; may be lost at any time")
      ->capture_default_str();
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
                 "none: apply repositories that have no trust policy")
      ->check(CLI::IsMember({"none"}));
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
  app.add_option("--log-level", flags.log_level, "least level that is logged")
      ->capture_default_str()
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
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

int run(Flags flags) {
  const sigset_t signals = block_signals();
  const Log log(make_fd_sink(STDERR_FILENO), level_of(flags.log_level));
  flags.options.log = log;
  Result<ClusterAccess> access = find_cluster_access(flags.kubeconfig);
  if (!access) return fail(access.error());
  flags.options.access = std::move(*access);
  const Duration patience = flags.options.shutdown_within;
  Result<std::unique_ptr<Operator>> started = Operator::start(std::move(flags.options));
  if (!started) return fail(started.error());
  int signal = 0;
  sigwait(&signals, &signal);
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
