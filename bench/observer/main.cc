// bench-observer: a witness of its own beside the system that is measured. It watches collections
// of an API server and says what it saw and when, by CLOCK_MONOTONIC, the clock that bench/run
// reads too.
//
//   bench-observer --kubeconfig FILE (--watch PATH [--value TEXT] [--has TEXT])...
//
// A line on stdout for each event: "<ns> <A|M|D> <watch> <namespace>/<name> <value> <has>", where
// <watch> counts the --watch from 0, <value> is what follows the first TEXT of --value up to a
// quotation mark, or "-", and <has> is 1 where the TEXT of --has stands in the object. "<ns> S
// <watch> - - 0": all that existed was told. Ends with stdin, or when a watch ends.
//
// It must cost little on the machine it measures: events are searched as bytes, never parsed, and
// the time is taken before that.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "edge/cluster/kubeconfig.h"
#include "edge/net/http_client.h"

namespace plumb {
namespace {

struct Target {
  std::string path;
  std::string value;
  std::string has;
};

// What stands between `before` and the next quotation mark; "-" if it is not there.
std::string_view after(std::string_view text, std::string_view before, size_t from = 0) {
  const size_t at = before.empty() ? std::string_view::npos : text.find(before, from);
  if (at == std::string_view::npos) return "-";
  const size_t begin = at + before.size();
  const std::string_view found = text.substr(begin, text.find('"', begin) - begin);
  return found.empty() ? "-" : found;
}

// One watch: puts its stream together to lines and reports them. Lives on the network thread.
class Witness {
 public:
  Witness(size_t number, const Target& target) : number_(number), target_(target) {}

  void take(std::string_view chunk) {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    const long long ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
    while (!chunk.empty()) {
      const size_t end = chunk.find('\n');
      line_.append(chunk.substr(0, end));
      if (end == std::string_view::npos) break;
      report(ns, line_);
      line_.clear();
      chunk.remove_prefix(end + 1);
    }
    std::fflush(stdout);
  }

 private:
  void report(long long ns, std::string_view event) const {
    const std::string_view type = after(event, "\"type\":\"");
    if (type == "BOOKMARK") {
      if (event.find("k8s.io/initial-events-end") != std::string_view::npos)
        std::printf("%lld S %zu - - 0\n", ns, number_);
      return;
    }
    const size_t metadata = event.find("\"metadata\":{");
    const std::string_view name = after(event, "\"name\":\"", metadata);
    const std::string_view space = after(event, "\"namespace\":\"", metadata);
    const std::string_view value = after(event, target_.value);
    const bool has = !target_.has.empty() && event.find(target_.has) != std::string_view::npos;
    std::printf("%lld %c %zu %.*s/%.*s %.*s %d\n", ns, type.front(), number_,
                static_cast<int>(space.size()), space.data(), static_cast<int>(name.size()),
                name.data(), static_cast<int>(value.size()), value.data(), has ? 1 : 0);
  }

  const size_t number_;
  const Target& target_;
  std::string line_;
};

int observe(const ClusterAccess& access, const std::vector<Target>& targets) {
  HttpClient http({.tls = access.tls, .user_agent = "bench-observer"});
  std::vector<StreamHandle> streams;
  std::vector<std::unique_ptr<Witness>> witnesses;
  for (const Target& target : targets) {
    Witness* witness =
        witnesses.emplace_back(std::make_unique<Witness>(witnesses.size(), target)).get();
    HttpRequest request{.url = access.server + target.path,
                        .headers = {{"Accept", "application/json"},
                                    {"Authorization", "Bearer " + access.bearer_token}},
                        .group = ConnectionGroup::watches};
    request.url += target.path.find('?') == std::string::npos ? '?' : '&';
    request.url +=
        "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
        "&allowWatchBookmarks=true&timeoutSeconds=86400";
    streams.push_back(http.stream(std::move(request),
                                  {.on_data = [witness](auto chunk) { witness->take(chunk); },
                                   .on_end =
                                       [&target](const Result<int>& status) {
                                         // Half a witness must not be believed.
                                         std::fprintf(stderr, "the watch of %s ended: %s\n",
                                                      target.path.c_str(),
                                                      status ? std::to_string(*status).c_str()
                                                             : status.error().summary().c_str());
                                         std::_Exit(1);
                                       }}));
  }
  char byte = 0;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  std::_Exit(0);
}

int run(int argc, char** argv) {
  CLI::App app("tells what happens in a cluster, and when");
  KubeconfigOptions kubeconfig;
  std::vector<Target> targets;
  app.add_option("--kubeconfig", kubeconfig.path)->required();
  app.add_option_function<std::string>(
         "--watch", [&](const std::string& path) { targets.push_back({path, "", ""}); },
         "path of a collection")
      ->trigger_on_parse()
      ->required();
  app.add_option_function<std::string>(
         "--value", [&](const std::string& text) { targets.back().value = text; },
         "of the last --watch: what precedes the value to report")
      ->trigger_on_parse();
  app.add_option_function<std::string>(
         "--has", [&](const std::string& text) { targets.back().has = text; },
         "of the last --watch: a text to look for")
      ->trigger_on_parse();
  CLI11_PARSE(app, argc, argv);
  const Result<ClusterAccess> access = load_kubeconfig(kubeconfig);
  if (!access) {
    std::fputs(access.error().render().c_str(), stderr);
    return 1;
  }
  return observe(*access, targets);
}

}  // namespace
}  // namespace plumb

int main(int argc, char** argv) {
  return plumb::run(argc, argv);
}
